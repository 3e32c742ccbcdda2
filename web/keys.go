package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sunmao/services/partnership"
)

type keysPage struct {
	page
	Rows []keyRow
	More string
}

type keyRow struct {
	ID, Name, By, Made, Seen, Expires string
	Ended                             string // by whom and when, if it was revoked
	Scopes                            []string
	State                             mark
	Works                             bool
}

// keyList shows the API keys of the actor's party.
func (s *Site) keyList(v *visit) error {
	found, next, err := s.accounts.Keys(v.ctx(), v.actor, v.Query("after"), 50)
	if err != nil {
		return err
	}
	p := &keysPage{page: page{Title: "接口密钥", Crumbs: []link{{URL: "/api", Label: "接口说明"}, {Label: "接口密钥"}}}}
	if next != "" {
		p.More = "/keys?after=" + queryEscape(next)
	}
	for i := range found {
		p.Rows = append(p.Rows, s.keyRow(&found[i]))
	}
	return s.render(v, http.StatusOK, "keys", p)
}

func (s *Site) keyRow(k *partnership.APIKey) keyRow {
	row := keyRow{ID: k.ID, Name: k.Name, By: k.By, Made: moment(k.Created), Seen: moment(k.Seen), Expires: moment(k.Expires), State: mark{"有效", "good"}, Works: true}
	switch {
	case k.Revoked != 0:
		row.State, row.Works = mark{"已撤销", ""}, false
		row.Ended = k.Ended + " 于 " + moment(k.Revoked)
	case !s.now().Before(k.Expires.Time()):
		row.State, row.Works = mark{"已到期", ""}, false
	}
	for _, scope := range partnership.Scopes {
		for _, key := range k.Scopes {
			if key == scope.Key {
				row.Scopes = append(row.Scopes, scope.Words)
			}
		}
	}
	return row
}

// keyForm asks what a new key is for.
func (s *Site) keyForm(v *visit) error {
	return s.showKeyForm(v, http.StatusOK, newForm(url.Values{"days": {"180"}}))
}

func (s *Site) showKeyForm(v *visit, status int, f *form) error {
	if _, _, err := s.accounts.Keys(v.ctx(), v.actor, "", 1); err != nil { // not for everybody
		return err
	}
	p := &formPage{page: page{Title: "新建接口密钥", Narrow: true, Crumbs: []link{{URL: "/keys", Label: "接口密钥"}, {Label: "新建"}}},
		Intro:  "密钥代表本单位，能做的事不超过本单位账号，只限下面选中的权限。查看或删除学生个人信息、管理账号不能用密钥。生成后只显示一次。",
		Submit: "生成密钥", Cancel: "/keys"}
	scopes := []option{}
	for _, scope := range partnership.ScopesOf(v.actor.Role) {
		scopes = append(scopes, option{Value: scope.Key, Label: scope.Words + "（" + scope.Key + "）"})
	}
	f.Action = "/keys"
	f.done([]section{{Fields: []field{
		f.field("name", "哪个系统用", field{Width: 12, Required: true, Hint: "例如：教务系统、人力资源系统。以后在审计记录里认得出", Auto: "off"}),
		f.field("scopes", "权限", field{Kind: "checks", Width: 12, Required: true, Options: scopes, Hint: "只选用得到的"}),
		f.field("days", "有效期", field{Kind: "select", Width: 6, Options: []option{{Value: "30", Label: "30 天"}, {Value: "90", Label: "90 天"}, {Value: "180", Label: "180 天"}, {Value: "366", Label: "一年"}}}),
	}}})
	p.Form = *f
	return s.render(v, status, "form", p)
}

func (s *Site) makeKey(v *visit) error {
	f := newForm(v.Request.PostForm)
	days, _ := strconv.Atoi(f.text("days")) // 0 is refused below
	key, made, err := s.accounts.MakeKey(v.ctx(), v.actor, partnership.APIKey{Name: f.text("name"), Scopes: v.PostFormArray("scopes")}, days)
	if err != nil {
		if !f.refused(err, nil) {
			return err
		}
		return s.showKeyForm(v, explain(err).Status, f)
	}
	return s.render(v, http.StatusOK, "link", &linkPage{page: page{Title: "接口密钥", Narrow: true, Crumbs: []link{{URL: "/keys", Label: "接口密钥"}, {Label: "新密钥"}}},
		Head: "密钥已生成，只显示这一次", Lead: "请现在复制到“" + made.Name + "”的配置里。平台只保存它的摘要，以后谁也看不到。", Label: "“" + made.Name + "”的密钥", Link: key,
		Notes: []string{"用法：每个请求带上 Authorization: Bearer 加这个密钥，见“接口说明”。", "权限：" + strings.Join(made.Scopes, "、") + "；有效到 " + moment(made.Expires) + "。", "泄露或不再用时，请马上在“接口密钥”页撤销，撤销立即生效。"},
		Done:  "/keys", DoneWords: "我已保存，完成"})
}

func (s *Site) revokeKey(v *visit) error {
	k, err := s.accounts.RevokeKey(v.ctx(), v.actor, v.PostForm("id"))
	if err != nil {
		return err
	}
	v.flash("“" + k.Name + "”的密钥已撤销，不能再用")
	v.Redirect(http.StatusSeeOther, "/keys")
	return nil
}
