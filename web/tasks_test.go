package web

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// walk is a new user's way through a task: every page opened is one that the page before
// has a link to, every form is one that the page before shows. It counts pages looked at
// and fields filled in or chosen (what the form fills in by itself costs nothing), and
// the time the server took.
type walk struct {
	t             *testing.T
	b             *browser
	page          string
	pages, fields int
	took          time.Duration
}

func (w *walk) look(res *http.Response, body string, began time.Time) {
	w.t.Helper()
	w.took += time.Since(began)
	if at := res.Header.Get("Location"); at != "" {
		began = time.Now()
		res, body = w.b.get(at)
		w.took += time.Since(began)
	}
	if res.StatusCode != http.StatusOK {
		w.t.Fatalf("after %d pages: status %d", w.pages, res.StatusCode)
	}
	w.page = body
	w.pages++
}

// open follows the first link of the page whose address begins so.
func (w *walk) open(prefix string) {
	w.t.Helper()
	m := regexp.MustCompile(`href="(` + regexp.QuoteMeta(prefix) + `[^"]*)"`).FindStringSubmatch(w.page)
	if m == nil {
		w.t.Fatalf("after %d pages: no link to %s", w.pages, prefix)
	}
	began := time.Now()
	res, body := w.b.get(html.UnescapeString(m[1]))
	w.look(res, body, began)
}

// send fills in fields of the form to this address and sends it, with what stands in it
// already.
func (w *walk) send(to string, typed, standing url.Values) {
	w.t.Helper()
	if !strings.Contains(w.page, `action="`+to+`"`) {
		w.t.Fatalf("after %d pages: no form to %s", w.pages, to)
	}
	form := url.Values{"token": {tokenField.FindStringSubmatch(w.page)[1]}}
	for name, values := range typed {
		if !strings.Contains(w.page, `name="`+name+`"`) {
			w.t.Fatalf("after %d pages: no field %s", w.pages, name)
		}
		form[name] = values
		w.fields++
	}
	for name, values := range standing {
		form[name] = values
	}
	began := time.Now()
	res, body := w.b.post(to, form)
	w.look(res, body, began)
}

// begin signs in, which is part of every task: the page with the form, and the worklist.
func begin(t *testing.T, h *house, login string) *walk {
	w := &walk{t: t, b: h.browser(t)}
	began := time.Now()
	res, body := w.b.get("/signin")
	w.look(res, body, began)
	w.send("/signin", url.Values{"login": {login}, "password": {testPassword}}, nil)
	return w
}

func (w *walk) shows(want string) {
	w.t.Helper()
	if !strings.Contains(w.page, want) {
		w.t.Errorf("the last page does not show %q", want)
	}
}

// fiveTasks are those of docs/usability.md, in its order.
var fiveTasks = []struct {
	name string
	do   func(t *testing.T, h *house) *walk
}{
	{"企业发布第一个岗位", func(t *testing.T, h *house) *walk {
		w := begin(t, h, "company")
		w.open("/posts/new")
		w.send("/posts", url.Values{"title": {"数控车工新手岗"}, "duties": {"操作数控车床加工轴类零件，装夹、对刀、首件自检"}, "slots": {"3"}, "from": {"2027-03-01"}, "to": {"2027-08-31"}},
			url.Values{"kind": {"internship"}, "hours_per_day": {"8"}, "days_per_week": {"5"}, "pay_form": {"货币"}, "pay_to": {"学生本人"}, "pay_cycle": {"30"}, "then": {"submit"}})
		w.shows("等待区教委审核")
		return w
	}},
	{"学校导入名册并看到候选岗位", func(t *testing.T, h *house) *walk {
		addClass(t, h, "2024级新手测试班", "NW", 1) // the class stands, as in the demo
		w := begin(t, h, "school")
		w.open("/import?kind=students")
		began := time.Now()
		_, body, at := upload(t, w.b, "名册.csv", rosterText("2024级新手测试班", "NX", 20), map[string]string{"kind": "students"})
		w.took, w.page, w.pages, w.fields = w.took+time.Since(began), body, w.pages+1, w.fields+1 // the file
		w.send(at+"/act", nil, url.Values{"verb": {"write"}})
		w.page = finished(t, w.b, at)
		w.open("/cohorts")
		w.open("/cohorts/cohort-")
		w.shows("适配分")
		return w
	}},
	{"区教委运行并发布一轮匹配", func(t *testing.T, h *house) *walk {
		w := begin(t, h, "district")
		w.open("/rounds")
		w.send("/rounds", nil, url.Values{"mode": {"assign"}})
		m := regexp.MustCompile(`action="(/rounds/[^"]+)/publish"`).FindStringSubmatch(w.page)
		if m == nil {
			t.Fatal("the preview cannot be published")
		}
		w.send(m[1]+"/publish", nil, nil)
		w.shows("已发布")
		return w
	}},
	{"区教委查一个比率为什么低", func(t *testing.T, h *house) *walk {
		w := begin(t, h, "district")
		w.open("/dashboard")
		w.open("/rows?")
		w.shows("分母")
		return w
	}},
	{"区教委发布前核对报告", func(t *testing.T, h *house) *walk {
		w := begin(t, h, "district")
		w.open("/report/check")
		w.shows("对不上的数")
		return w
	}},
}

// The five tasks take as many pages and fields as docs/usability.md says. Their times go
// into the log: go test ./web -run TestFiveTasks -v
func TestFiveTasks(t *testing.T) {
	doc, err := os.ReadFile("../docs/usability.md")
	if err != nil {
		t.Fatal(err)
	}
	h := openDistrict(t)
	for _, task := range fiveTasks {
		t.Run(task.name, func(t *testing.T) {
			w := task.do(t, h)
			t.Logf("%d pages, %d fields, server %v", w.pages, w.fields, w.took.Round(time.Millisecond))
			if want := fmt.Sprintf("| %s | %d | %d |", task.name, w.pages, w.fields); !strings.Contains(string(doc), want) {
				t.Errorf("docs/usability.md does not say %s", want)
			}
		})
	}
}
