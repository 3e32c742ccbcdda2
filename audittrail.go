package main

import (
	"fmt"
	"strconv"
	"strings"

	"sunmao/services/store"
)

type auditTrailCmd struct {
	Verify auditTrailVerifyCmd `cmd:"" default:"1" help:"校验审计记录：没有一条被改动、删去、插入或调换。"`
}

type auditTrailVerifyCmd struct {
	Head []string `help:"以前留存的校验值（序号:校验值，见日志和定时任务 trail 的结果），证明末尾没有被截去；可以给多个。" placeholder:"值"`
}

// Help is the longer text of --help.
func (auditTrailVerifyCmd) Help() string {
	return "逐条核对链条。每天 04:50 的定时任务 trail 做同样的事，并把末条校验值写进日志：把日志送到别的机器保存，" +
		"以后用 --head 给出，就能证明这之前的记录都还在。没有主密钥的人改动数据库后无法重新算出校验值。"
}

// Run proves the chain; a chain that does not hold is refused with exit code 1.
func (c *auditTrailVerifyCmd) Run(app *App) error {
	anchors := make([]store.Head, 0, len(c.Head))
	for _, text := range c.Head {
		seq, hash, ok := strings.Cut(text, ":")
		n, err := strconv.ParseInt(seq, 10, 64)
		if !ok || err != nil || n < 1 || len(hash) != 64 {
			return usagef("--head 应写成 序号:64位校验值，如 1234:9f8e…，现在是 %q", text)
		}
		anchors = append(anchors, store.Head{Seq: n, Hash: hash})
	}
	return app.with(func(h *house) error {
		words, err := h.exchange.CheckTrail(app.Ctx, anchors...)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(app.Out, words)
		return err
	})
}
