package exchange

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"sunmao/search"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// personal looks like a phone, ID or credit number, which is not demand and must not be kept.
var personal = regexp.MustCompile(`[0-9]{7,}`)

// countable reports whether a text that found nothing says what is wanted.
func countable(text string) bool { return strings.TrimSpace(text) != "" && !personal.MatchString(text) }

func missedID(region string, q search.Query) string {
	text := strings.Join(strings.Fields(strings.ToLower(q.Text)), " ")
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40])
	}
	return region + "|" + strings.Join(q.Kinds, ",") + "|" + strconv.Quote(text)
}

// countMissed counts a query that found nothing as unmet demand: of which role, not of whom.
func (x *Exchange) countMissed(ctx context.Context, actor partnership.Actor, q search.Query) error {
	id := missedID(actor.Region, q)
	by := map[partnership.Role]string{partnership.RoleSchool: "schools", partnership.RoleCompany: "companies"}[actor.Role]
	ops := []store.Op{store.Inc("times", 1), store.Set("last", int64(x.stamp())), store.Set("done", false)}
	if by != "" {
		ops = append(ops, store.Inc(by, 1))
	}
	for range 3 {
		_, err := x.missed.Update(ctx, id, store.Filter{}, ops...)
		if err == nil || !errors.Is(err, partnership.ErrNotFound) {
			return err
		}
		m := partnership.MissedQuery{Region: actor.Region, Text: strings.Join(strings.Fields(q.Text), " "), Kind: strings.Join(q.Kinds, ","), Times: 1, Last: x.stamp()}
		switch actor.Role {
		case partnership.RoleSchool:
			m.Schools = 1
		case partnership.RoleCompany:
			m.Companies = 1
		}
		m.ID = id
		if err := x.missed.Insert(ctx, &m); !errors.Is(err, partnership.ErrDuplicate) {
			return err
		}
	}
	return nil
}

var errNotForParties = partnership.Refuse(partnership.ErrForbidden, "没人找到的词只供区教委查看")

// MissedView is a query that found nothing with all its words, and how much it would find now.
type MissedView struct {
	partnership.MissedQuery
	Now int // hits with all its words today, over everything
}

// Missed lists the queries that found nothing and nobody has dealt with, the most
// frequent first, at most 100; a district those of its own schools and companies.
func (x *Exchange) Missed(ctx context.Context, actor partnership.Actor) ([]MissedView, error) {
	if !actor.SeesAll() {
		return nil, errNotForParties
	}
	all, err := x.missed.All(ctx, store.Query{Where: store.And(within(actor, "region"), store.Field("done").Ne(true)), Sort: []store.Sort{store.Desc("times")}, Limit: 100})
	if err != nil {
		return nil, err
	}
	out := make([]MissedView, len(all))
	for i, m := range all {
		kinds := slices.DeleteFunc(strings.Split(m.Kind, ","), func(k string) bool { return k == "" })
		r, err := x.Peek(ctx, actor, search.Query{Text: m.Text, Kinds: kinds, Limit: 1, Plain: true})
		if err != nil {
			return nil, err
		}
		out[i] = MissedView{m, r.Whole}
	}
	return out, nil
}

// DoneMissed says that a query that found nothing has been dealt with, and how. If it
// finds nothing again, it is counted anew.
func (x *Exchange) DoneMissed(ctx context.Context, actor partnership.Actor, id, how string) error {
	if !actor.SeesAll() {
		return errNotForParties
	}
	how = strings.TrimSpace(how)
	if n := len([]rune(how)); n == 0 || n > 200 {
		return partnership.Invalid{"how": {"请写一句怎么处理的，如：已请某企业开设岗位（最多 200 字）"}}
	}
	_, err := x.missed.Edit(ctx, id, func(m *partnership.MissedQuery) error {
		if actor.Role == partnership.RoleDistrict && !actor.Covers(m.Region) {
			return partnership.ErrNotFound
		}
		m.Answers = append(m.Answers, partnership.Step{At: x.stamp(), Actor: actor.Account, From: strconv.Itoa(m.Times), Why: how})
		m.Done = true
		return nil
	})
	return known(err, partnership.Refuse(partnership.ErrNotFound, "没有这个词，可能已经处理"))
}
