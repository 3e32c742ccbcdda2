package exchange

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"sunmao/search"
	"sunmao/services/partnership"
	"sunmao/services/sheets"
	"sunmao/services/store"
)

// companyRows is what the intake of companies knows: which names and codes stand for
// which record, stored or earlier in the file. Keys are "id:" and the id of a stored
// company, or "new:" and the name key of one that the file brings.
type companyRows struct {
	x      *Exchange
	actor  partnership.Actor
	byCode map[string]string // credit code to key
	byName map[string]string // name key to key
	named  map[string]string // key to the name it goes by
	codes  map[string]string // key to its credit code
	spelt  map[string]bool   // key and a name as written, of those known
	index  partnership.NameIndex
	keys   []string // of the names in index
	told   []string
	pairs  []Twin
	id     func(key string) string // of a company that the file brings
}

func (x *Exchange) companyTable(ctx context.Context, actor partnership.Actor, batch string) (*recordTable[partnership.Company], *companyRows, error) {
	rows := &companyRows{x: x, actor: actor, byCode: map[string]string{}, byName: map[string]string{}, named: map[string]string{}, codes: map[string]string{}, spelt: map[string]bool{},
		id: func(key string) string { return derivedID(batch, key) }}
	for c, err := range x.companies.Find(ctx, store.Query{}) {
		if err != nil {
			return nil, nil, fmt.Errorf("companies: %w", err)
		}
		if c.MergedInto != "" { // the record it went into knows its names
			continue
		}
		rows.know("id:"+c.ID, c.CreditCode, append([]string{c.Name}, c.Spellings...)...)
	}
	return &recordTable[partnership.Company]{
		x: x, coll: x.companies, rec: (*partnership.Company).Rec, seen: map[string]bool{}, id: rows.id,
		key: rows.key, find: rows.find, fill: rows.fill,
		may: func(old *partnership.Company) (string, string, string) {
			if !overseesCompany(actor, old) {
				return "name", "这家企业归别的区县管理，表里的内容与它不同", "从表里删去这一行，或请平台运维导入"
			}
			return "", "", ""
		},
		own: func(c partnership.Company) partnership.Company {
			c.Steps = nil
			return c
		},
		words: map[string]string{"spellings": "曾用写法", "credit_code": "统一社会信用代码", "industry": "行业代码", "region": "所在区县", "address": "详细地址", "staff": "在岗职工人数",
			"staff_as_of": "职工人数统计日期", "staff_proof": "职工人数依据", "contact": "联系人", "blocked": "是否失信或经营异常"}, // #nosec G101 -- words
		name: func(c *partnership.Company) string { return c.Name },
		used: func(ctx context.Context, c *partnership.Company) (string, error) {
			n, err := x.posts.Count(ctx, store.Field("company").Eq(c.ID))
			if err != nil || n == 0 {
				return "", err
			}
			return fmt.Sprintf("已有 %d 个岗位", n), nil
		},
		finish: func(ctx context.Context, ids []string) error {
			return finishRecords(ctx, x, x.companies, "", ids, func(ctx context.Context, all []partnership.Company) error {
				return putAll(ctx, x, all, x.companyDocument)
			})
		},
	}, rows, nil
}

// recordID is the id of the record that a key stands for.
func (in *companyRows) recordID(key string) string {
	if id, ok := strings.CutPrefix(key, "id:"); ok {
		return id
	}
	return in.id(key)
}

// know notes the names and the code of a record.
func (in *companyRows) know(key, code string, names ...string) {
	in.named[key], in.codes[key] = names[0], code
	if code != "" {
		in.byCode[code] = key
	}
	for _, n := range names {
		if k := partnership.NameKey(n); in.byName[k] == "" {
			in.byName[k] = key
		}
		in.spelt[key+n] = true
		in.index.Add(n)
		in.keys = append(in.keys, key)
	}
}

// key finds the record a row stands for: the same code or the same name are the same
// company; a name that is only likely the same is told to a person.
func (in *companyRows) key(_ context.Context, r sheets.Row, bad func(field, what, allowed string)) (string, error) {
	name, code := strings.TrimSpace(r.Text("name")), r.Text("credit_code")
	nameKey := partnership.NameKey(name)
	key := in.byCode[code]
	if key == "" || code == "" {
		key = in.byName[nameKey]
	}
	if key == "" {
		key = "new:" + nameKey
		for _, hit := range in.index.Likely(name) {
			old := in.keys[hit.At]
			in.pairs = append(in.pairs, Twin{Keep: in.recordID(old), KeepName: in.named[old], Other: in.recordID(key), OtherName: name, Why: hit.Why})
			in.told = append(in.told, fmt.Sprintf("第 %d 行“%s”可能与“%s”是同一家企业（%s），请在企业页面核对后合并", r.Line, name, in.named[in.keys[hit.At]], hit.Why))
		}
		in.know(key, code, name)
		return key, nil
	}
	if old := in.codes[key]; code != "" && old != "" && old != code {
		bad("credit_code", fmt.Sprintf("与已有的“%s”同名，但统一社会信用代码不同", in.named[key]), "核对后只保留正确的代码")
		return "", nil
	}
	if !in.spelt[key+name] {
		in.spelt[key+name] = true
		in.told = append(in.told, fmt.Sprintf("第 %d 行“%s”与“%s”是同一家企业（只是写法不同），已并为一家", r.Line, name, in.named[key]))
	}
	return key, nil
}

func (in *companyRows) find(ctx context.Context, keys []string) (map[string]partnership.Company, error) {
	out := map[string]partnership.Company{}
	var ids, names []string
	for _, k := range keys {
		if id, ok := strings.CutPrefix(k, "id:"); ok {
			ids = append(ids, id)
		} else {
			names = append(names, strings.TrimPrefix(k, "new:"))
		}
	}
	if err := byField(ctx, in.x.companies, "_id", ids, func(c *partnership.Company) { out["id:"+c.ID] = *c }); err != nil {
		return nil, err
	}
	return out, byField(ctx, in.x.companies, "name_key", names, func(c *partnership.Company) { out["new:"+c.NameKey] = *c })
}

// fill writes a row into a company. The name that stands is kept; another spelling joins it.
func (in *companyRows) fill(_ context.Context, c *partnership.Company, r sheets.Row, _ bool, bad func(field, what, allowed string)) error {
	name := strings.TrimSpace(r.Text("name"))
	switch {
	case c.Name == "":
		c.Name, c.State, c.Region = name, partnership.CompanyPending, cmp.Or(in.actor.Region, defaultRegion)
		if in.actor.Role == partnership.RoleDistrict { // which reviews it, as one that it enters by hand
			c.District = in.actor.Region
		}
	case name != c.Name && !slices.Contains(c.Spellings, name):
		c.Spellings = append(slices.Clone(c.Spellings), name)
	}
	for _, s := range r.Texts("spellings") {
		if s != c.Name && !slices.Contains(c.Spellings, s) {
			c.Spellings = append(slices.Clone(c.Spellings), s)
		}
	}
	setText(&c.CreditCode, r, "credit_code")
	setText(&c.Region, r, "region")
	setText(&c.Address, r, "address")
	setText(&c.Industry, r, "industry")
	setCount(&c.Staff, r, "staff_on_post")
	setText(&c.StaffAsOf, r, "staff_date")
	setText(&c.StaffProof, r, "staff_evidence")
	setText(&c.Nature, r, "nature")
	setText(&c.Contact, r, "contact")
	if tel := r.Text("phone"); tel != "" && !strings.Contains(c.Contact, tel) {
		c.Contact = strings.TrimSpace(c.Contact + " " + tel)
	}
	in.fillRecords(c, r)
	return tellInvalid(in.x.checkCompany(c), bad)
}

// fillRecords writes what a row says of the company's record. That it has none fills only
// what nobody has looked up.
func (in *companyRows) fillRecords(c *partnership.Company, r sheets.Row) {
	switch {
	case !r.Has("dishonest"):
	case r.Bool("dishonest"):
		if c.Credit.AsOf == "" || c.Credit.Clean {
			c.Credit = partnership.Standing{Detail: "在失信或经营异常名单", AsOf: in.x.today()}
		}
	case c.Credit.AsOf == "" && c.Blocked == "":
		c.Credit = partnership.Standing{Clean: true, AsOf: in.x.today()}
	}
	if day := r.Text("safety_penalty_date"); day != "" && day != c.Safety.On {
		if c.Blocked != "" && c.Credit.AsOf == "" && c.Safety.AsOf == "" { // barred before records had a day
			c.Credit = partnership.Standing{Detail: c.Blocked, AsOf: in.x.today()}
		}
		c.Safety = partnership.Standing{Detail: day + " 受安全生产处罚", AsOf: in.x.today(), On: day}
	}
	if c.Credit.AsOf != "" || c.Safety.AsOf != "" {
		c.Bar()
	}
}

// putAll puts documents into the index.
func putAll[T any](ctx context.Context, x *Exchange, docs []T, of func(*T) search.Document) error {
	list := make([]search.Document, len(docs))
	for i := range docs {
		list[i] = of(&docs[i])
	}
	return x.putDocuments(ctx, list)
}
