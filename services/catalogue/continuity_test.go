package catalogue

import (
	"strings"
	"testing"
)

func TestSucceeds(t *testing.T) {
	c := loaded(t)
	for _, tc := range []struct {
		name, old string
		level     Level
		want      string // code of the present major, "" for none
	}{
		{"renamed", "汽车制造与检修", Secondary, "660701"},
		{"with what people add", " 《汽车制造与检修》专业", Secondary, "660701"},
		{"merged", "会计电算化", Secondary, "730301"},
		{"the old name lives on at another level", "学前教育", Secondary, "770101"},
		{"at that level it is a present name", "学前教育", College, ""},
		{"technician schools are read as secondary", "汽车制造与检修", Technician, "660701"},
		{"a present name", "物联网技术应用", Secondary, ""},
		{"near names need a person", "物联网应用技术", Secondary, ""},
		{"short names need a person", "服装陈列与展示", Secondary, ""},
		{"spoken names need a person", "汽修", Secondary, ""},
		{"given up into two", "农村经济综合管理", Secondary, ""},
		{"unknown", "星际航行", Secondary, ""},
		{"nothing", "", Secondary, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k, ok := c.Succeeds(tc.old, tc.level)
			if ok != (tc.want != "") || k.Major.Code != tc.want {
				t.Fatalf("Succeeds(%q, %s) = %+v, %v; want %q", tc.old, tc.level, k, ok, tc.want)
			}
			if ok && (!strings.Contains(k.Words(), k.Major.Name) || !strings.Contains(k.Words(), k.Relation)) {
				t.Errorf("words: %s", k.Words())
			}
		})
	}
}

func TestSuccessorsLeadToPresentNames(t *testing.T) {
	c := loaded(t)
	all := c.Successors(Secondary)
	if len(all) < 25 || all["汽车制造与检修"] != "汽车制造与检测" {
		t.Fatalf("%d successors: %v", len(all), all)
	}
	for old, name := range all {
		if r := c.ResolveMajor(name, Secondary); !r.Sure || r.Major.Name != name {
			t.Errorf("%s goes on as %s, which is no present name", old, name)
		}
		if _, chain := all[name]; chain {
			t.Errorf("%s goes on as %s, which goes on itself", old, name)
		}
		if r := c.ResolveMajor(old, Secondary); r.Sure {
			t.Errorf("%s is a present name of %s", old, r.Major)
		}
	}
}
