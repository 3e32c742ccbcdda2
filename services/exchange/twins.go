package exchange

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Twin is a pair of records that may be one company under two spellings, and why we
// think so. Whether they are is asked, and the answer is kept.
type Twin struct {
	Keep, KeepName   string // the older record, which would go on
	Other, OtherName string
	Why              string
}

// pairKey names a pair of companies whichever way round.
func pairKey(a, b string) string { return min(a, b) + "+" + max(a, b) }

// saidApart are the pairs that a person said are two companies.
func (x *Exchange) saidApart(ctx context.Context) (map[string]bool, error) {
	all, err := x.answers.All(ctx, store.Query{Where: store.And(store.Field("scope").Eq(districtScope), store.Field("kind").Eq(samePair))})
	out := map[string]bool{}
	for _, a := range all {
		out[a.Text] = true
	}
	return out, err
}

// companyNames are the names of all companies, ready to be compared with one more. They are kept
// as long as no company was saved, added or removed: reading them all for each page would cost a
// tenth of a second with 5,000 companies.
type companyNames struct {
	newest    partnership.Stamp // when a company was saved last
	count     int64
	index     partnership.NameIndex
	companies []nameBearer // of each name of the index
}

type nameBearer struct {
	partnership.Record `json:",inline"`
	Name               string   `json:"name"`
	Spellings          []string `json:"spellings"`
	MergedInto         string   `json:"merged_into"`
}

func (x *Exchange) namesOfCompanies(ctx context.Context) (*companyNames, error) {
	fresh := &companyNames{}
	var err error
	if fresh.count, err = x.companies.Count(ctx, store.Filter{}); err != nil {
		return nil, err
	}
	newest, err := x.companies.First(ctx, store.Query{Sort: []store.Sort{store.Desc("_u")}})
	if err != nil && !errors.Is(err, partnership.ErrNotFound) {
		return nil, err
	}
	fresh.newest = newest.Updated
	if kept := x.names.Load(); kept != nil && kept.newest == fresh.newest && kept.count == fresh.count {
		return kept, nil
	}
	for c, err := range store.Scan[nameBearer](ctx, x.companies, store.Query{}) {
		if err != nil {
			return nil, err
		}
		if c.MergedInto != "" {
			continue
		}
		for _, name := range append([]string{c.Name}, c.Spellings...) {
			fresh.index.Add(name)
			fresh.companies = append(fresh.companies, c)
		}
	}
	x.names.Store(fresh)
	return fresh, nil
}

// twinsOf finds companies whose names may be spellings of the same one.
func (x *Exchange) twinsOf(ctx context.Context, c partnership.Company) ([]Twin, error) {
	apart, err := x.saidApart(ctx)
	if err != nil || c.MergedInto != "" {
		return nil, err
	}
	all, err := x.namesOfCompanies(ctx)
	if err != nil {
		return nil, fmt.Errorf("names of companies: %w", err)
	}
	var out []Twin
	seen := map[string]bool{c.ID: true}
	for _, hit := range all.index.Likely(c.Name) {
		o := &all.companies[hit.At]
		if seen[o.ID] || apart[pairKey(o.ID, c.ID)] {
			continue
		}
		seen[o.ID] = true
		t := Twin{Keep: o.ID, KeepName: o.Name, Other: c.ID, OtherName: c.Name, Why: hit.Why}
		if o.Created > c.Created {
			t = Twin{Keep: c.ID, KeepName: c.Name, Other: o.ID, OtherName: o.Name, Why: hit.Why}
		}
		out = append(out, t)
	}
	slices.SortFunc(out, func(a, b Twin) int { return cmp.Or(cmp.Compare(a.Keep, b.Keep), cmp.Compare(a.Other, b.Other)) })
	return out, nil
}

// AnswerTwins keeps what the district says of two records: that they are two companies,
// or that they are one. Then the names and missing facts of other go over to keep, and
// other is closed with a word that says where it went. A record that has posts, classes,
// projects, bases or placements of its own is not closed: those must be dealt with first.
// One record of another district may be called another company; it is not merged.
func (x *Exchange) AnswerTwins(ctx context.Context, actor partnership.Actor, keep, other string, same bool) (partnership.Company, error) {
	if !actor.SeesAll() {
		return partnership.Company{}, partnership.Refuse(partnership.ErrForbidden, "是否同一家企业由区教委核对")
	}
	a, err := x.companies.Get(ctx, keep)
	if err != nil {
		return a, known(err, errNoCompany)
	}
	b, err := x.companies.Get(ctx, other)
	if err != nil {
		return a, known(err, errNoCompany)
	}
	mine, too := overseesCompany(actor, &a), overseesCompany(actor, &b)
	switch {
	case !mine && !too:
		return partnership.Company{}, errNoCompany
	case same && !(mine && too):
		return partnership.Company{}, partnership.Refuse(partnership.ErrForbidden, "其中一条归别的区县管理，请平台运维核对后合并")
	case keep == other:
		return a, partnership.Refuse(partnership.ErrConflict, "这是同一条记录，不需要合并")
	case !same:
		key := pairKey(keep, other)
		answer := partnership.NameAnswer{Kind: samePair, Text: key, Value: "different", Words: a.Name + " 与 " + b.Name + " 是两家"}
		return a, x.keepAnswer(ctx, actor, &answer, key)
	case b.MergedInto == keep:
		return a, nil
	case b.MergedInto != "" || a.MergedInto != "":
		return a, partnership.Refuse(partnership.ErrConflict, "其中一条已经并入别的企业，请刷新后再看")
	case a.CreditCode != "" && b.CreditCode != "" && a.CreditCode != b.CreditCode:
		return a, partnership.Refuse(partnership.ErrConflict, "两条记录的统一社会信用代码不同（%s，%s），是两家法人，不能合并。代码有误的请先改正", a.CreditCode, b.CreditCode)
	}
	if err := x.nothingOwned(ctx, &b); err != nil {
		return a, err
	}
	return x.mergeCompany(ctx, actor, a, b)
}

func (x *Exchange) mergeCompany(ctx context.Context, actor partnership.Actor, a, b partnership.Company) (partnership.Company, error) {
	now, err := x.companies.Edit(ctx, a.ID, func(c *partnership.Company) error {
		for _, name := range append([]string{b.Name}, b.Spellings...) {
			if name != c.Name && !slices.Contains(c.Spellings, name) {
				c.Spellings = append(c.Spellings, name)
			}
		}
		for _, f := range []struct{ to, from *string }{{&c.CreditCode, &b.CreditCode}, {&c.Industry, &b.Industry}, {&c.Cluster, &b.Cluster}, {&c.Address, &b.Address}, {&c.Contact, &b.Contact}} {
			if *f.to == "" {
				*f.to = *f.from
			}
		}
		if c.Staff == 0 {
			c.Staff, c.StaffAsOf, c.StaffProof = b.Staff, b.StaffAsOf, b.StaffProof
		}
		if c.Point == nil {
			c.Point = b.Point
		}
		return nil
	})
	if err != nil {
		return now, fmt.Errorf("merge into company: %w", err)
	}
	gone, err := x.companies.Edit(ctx, b.ID, func(c *partnership.Company) error {
		c.MergedInto = a.ID
		if c.State == partnership.CompanySuspended {
			return nil
		}
		return c.Suspend(actor, x.stamp(), "与“"+a.Name+"”是同一家企业，已并入")
	})
	if err != nil {
		return now, fmt.Errorf("close merged company: %w", err)
	}
	return now, x.put(ctx, x.companyDocument(&now), x.companyDocument(&gone))
}

// nothingOwned refuses to close a company that has records of its own.
func (x *Exchange) nothingOwned(ctx context.Context, c *partnership.Company) error {
	mine := store.Field("company").Eq(c.ID)
	var has []string
	for _, k := range []struct {
		words string
		count func() (int64, error)
	}{
		{"岗位", func() (int64, error) { return x.posts.Count(ctx, mine) }},
		{"订单班", func() (int64, error) { return x.classes.Count(ctx, mine) }},
		{"合作项目", func() (int64, error) { return x.cooperations.Count(ctx, mine) }},
		{"实训基地", func() (int64, error) { return x.bases.Count(ctx, store.Field("owner").Eq(c.ID)) }},
		{"学生安置", func() (int64, error) { return x.placements.Count(ctx, mine) }},
	} {
		n, err := k.count()
		if err != nil {
			return fmt.Errorf("records of company: %w", err)
		}
		if n > 0 {
			has = append(has, fmt.Sprintf("%d 条%s", n, k.words))
		}
	}
	if len(has) > 0 {
		return partnership.Refuse(partnership.ErrConflict, "“%s”名下还有%s，不能直接并入。可以反过来合并，保留这一条", c.Name, strings.Join(has, "、"))
	}
	return nil
}
