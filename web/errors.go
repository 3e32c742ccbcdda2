package web

import (
	"context"
	"errors"
	"net/http"

	"sunmao/services/partnership"
)

// errStale is a form whose token does not fit the session: usually a page left open
// over a sign-out, sometimes a forged request.
var errStale = partnership.Refuse(partnership.ErrForbidden, "页面已过期，内容没有提交。请返回上一页，刷新后重新提交")

// errUnready is somebody whose role must sign in in two steps, before that is set up.
var errUnready = partnership.Refuse(partnership.ErrForbidden, "平台要求您的账号使用两步登录，请先在“我的账号—两步登录”里设置")

// kinds maps what went wrong to a status and, where the error brings no sentence of
// its own, to the words people read: what happened and what to do next. First match wins.
var kinds = []struct {
	is       error
	status   int
	title    string
	sentence string
}{
	{partnership.ErrSignIn, http.StatusUnauthorized, "请先登录", "您还没有登录，或登录已过期。请登录后再试"},
	{partnership.ErrForbidden, http.StatusForbidden, "没有权限", "您的账号不能做这件事。如果工作需要，请联系区教委管理员"},
	{partnership.ErrNotFound, http.StatusNotFound, "没有找到", "没有这个页面或记录，或者您的账号不能查看它。请从上方菜单进入"},
	{partnership.ErrConflict, http.StatusConflict, "状态已变化", "这条记录刚被别人改过，您的修改没有保存。请刷新后再试"},
	{partnership.ErrDuplicate, http.StatusConflict, "已经存在", "已有相同的记录，没有重复保存"},
	{partnership.ErrTooMany, http.StatusTooManyRequests, "请稍后再试", "短时间内的请求太多，请过几分钟再试"},
	{partnership.ErrUnavailable, http.StatusServiceUnavailable, "暂时不能使用", "平台的一部分正在恢复，请过一分钟再试"},
	{context.DeadlineExceeded, http.StatusGatewayTimeout, "处理超时", "这次处理用时太长，已停止。请缩小范围后再试"},
	{context.Canceled, 499, "已取消", "请求已取消"},
}

// fault is an error in the form both pages and the API show.
type fault struct {
	Status int
	Title  string
	Detail string
	Fields partnership.Invalid // sentences per field, when the input was refused
}

// explain turns an error into what may be shown. Nothing of an unknown error gets out.
func explain(err error) fault {
	var invalid partnership.Invalid
	if errors.As(err, &invalid) {
		return fault{http.StatusUnprocessableEntity, "填写有误", "有内容需要修改，请看下面的说明", invalid}
	}
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return fault{Status: http.StatusRequestEntityTooLarge, Title: "内容太大",
			Detail: "提交的内容超过了 " + size(tooBig.Limit) + " 的上限。请拆分后再试"}
	}
	for _, k := range kinds {
		if !errors.Is(err, k.is) {
			continue
		}
		f := fault{Status: k.status, Title: k.title, Detail: k.sentence}
		var refused *partnership.Refused
		if errors.As(err, &refused) && refused.Sentence != "" {
			f.Detail = refused.Sentence
		}
		return f
	}
	return fault{Status: http.StatusInternalServerError, Title: "平台出了差错",
		Detail: "这次操作没有完成，原因已记入日志。请稍后再试；仍不行时请把下面的编号告诉平台运维"}
}
