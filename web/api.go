package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"sunmao/services/partnership"
)

// operation is one row of the API's table: like a route, it names its roles.
type operation struct {
	method, path, id, summary string
	roles                     []partnership.Role
	add                       func(api huma.API, op huma.Operation)
	limit                     int64 // of the body; 0 = smallBody
	person                    bool  // no API key will do: somebody has to answer for it
	reads                     bool  // a POST that changes nothing
}

// areas says which scopes of API keys cover which operations, by the beginning of the
// path. What stands in no area is for people who are signed in.
var areas = map[string]string{
	"search": "listings", "posts": "listings", "cohorts": "listings", "companies": "listings", "bases": "listings", "order-classes": "listings", "cooperations": "listings", "alliances": "listings", "majors": "listings", "rulings": "listings", "names": "listings",
	"students": "students", "placements": "placements", "offers": "placements", "supervision": "placements", "worklist": "placements", "rounds": "rounds", "imports": "imports",
	"outcomes": "rates", "industry-fit": "rates", "rates": "rates", "dashboard": "rates", "rows": "rates", "snapshots": "rates", "audit": "rates",
}

// scope is the one that an API key needs for the operation, empty if none will do. The
// feed of changes of a kind needs what reading the kind needs.
func (o *operation) scope() string {
	path := strings.TrimPrefix(strings.TrimPrefix(o.path, "/"), "changes/")
	name, _, _ := strings.Cut(path, "/")
	area := areas[name]
	if o.person || area == "" {
		return ""
	}
	verb := ":read"
	if o.method != http.MethodGet && !o.reads {
		verb = ":write"
	}
	scope := area + verb
	if !slices.ContainsFunc(partnership.Scopes, func(s partnership.Scope) bool { return s.Key == scope }) {
		return ""
	}
	return scope
}

// visitInContext carries the visit to an operation.
type visitInContext struct{}

// serves makes an operation of a function that answers a visit. Its errors go through
// the same table as those of pages.
func serves[I, O any](do func(ctx context.Context, v *visit, in *I) (*O, error)) func(huma.API, huma.Operation) {
	return func(api huma.API, op huma.Operation) {
		huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
			v, ok := ctx.Value(visitInContext{}).(*visit)
			if !ok {
				return nil, errors.New("operation outside a visit")
			}
			out, err := do(ctx, v, in)
			if err != nil {
				v.err = err
				return nil, statusProblem{problemOf(explain(err), v.id)}
			}
			return out, nil
		})
	}
}

// statusProblem lets a problem be returned to huma as an error.
type statusProblem struct{ problem }

func (p statusProblem) Error() string             { return p.Detail }
func (p statusProblem) GetStatus() int            { return p.Status }
func (p statusProblem) ContentType(string) string { return "application/problem+json" }
func (p statusProblem) MarshalJSON() ([]byte, error) {
	return json.Marshal(p.problem)
}

// mountAPI adds the operations and their roles to the engine. Huma's own pages are off:
// its documentation loads a foreign script, and its $schema links echo the Host header.
func (s *Site) mountAPI() error {
	cfg := huma.DefaultConfig("榫卯产教融合服务平台接口", "1")
	cfg.Info.Description = "用接口密钥（Authorization: Bearer）或浏览器登录后的会话访问；写操作的请求体用 JSON。分页用 next 作为下一次的 after。金额单位为分，比率同时给出分子、分母、定义版本和统计截止日。"
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", "", nil
	cfg.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"session": {Type: "apiKey", In: "cookie", Name: s.cookieName(sessionCookie), Description: "用浏览器登录后的会话"},
		"key": {Type: "http", Scheme: "bearer", Description: "接口密钥：Authorization: Bearer smk_…"}}
	cfg.Security = []map[string][]string{{"session": {}}}
	cfg.Transformers = append(cfg.Transformers, inChinese)
	s.api = humagin.New(s.engine, cfg)
	s.api.UseMiddleware(func(ctx huma.Context, next func(huma.Context)) {
		next(huma.WithValue(ctx, visitInContext{}, visitOf(humagin.Unwrap(ctx))))
	})
	for _, o := range s.operations() {
		scope := o.scope()
		s.access[o.method+" "+strings.NewReplacer("{", ":", "}", "").Replace(apiRoot+o.path)] = access{roles: o.roles, limit: o.limit, scope: scope}
		words := make([]string, len(o.roles))
		for i, r := range o.roles {
			words[i] = r.Words()
		}
		op := huma.Operation{OperationID: o.id, Method: o.method, Path: apiRoot + o.path, Summary: o.summary, Description: "可用角色：" + strings.Join(words, "、") + "；" + scopeWords(scope),
			MaxBodyBytes: max(smallBody, o.limit), Errors: []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict}}
		if scope != "" {
			op.Security = []map[string][]string{{"session": {}}, {"key": {scope}}}
		}
		if o.method == http.MethodPost && !o.reads {
			longest := 100
			op.Parameters = append(op.Parameters, &huma.Param{Name: onceHeader, In: "header", Description: "这件事的编号，如 UUID；同样的内容重发只办一次，24 小时内返回同样的答复",
				Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &longest}})
		}
		o.add(s.api, op)
	}
	doc, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		return fmt.Errorf("openapi: %w", err)
	}
	s.openapi = doc
	return nil
}

// scopeWords says which key will do.
func scopeWords(scope string) string {
	if scope == "" {
		return "只限本人登录，不能用接口密钥"
	}
	return "接口密钥权限：" + scope
}

// inChinese puts huma's own refusals into our words and form.
func inChinese(ctx huma.Context, _ string, body any) (any, error) {
	m, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	v, _ := ctx.Context().Value(visitInContext{}).(*visit)
	p := problem{Type: "about:blank", Status: m.Status, Title: "请求有误", Detail: "请求的内容不符合要求，请看下面各字段的说明"}
	if v != nil {
		p.Request = v.id
	}
	switch m.Status {
	case http.StatusRequestEntityTooLarge:
		p.Title, p.Detail = "内容太大", "请求的内容超过了 "+size(smallBody)+" 的上限"
	case http.StatusUnsupportedMediaType:
		p.Title, p.Detail = "格式不对", "请求体应为 application/json"
	case http.StatusNotAcceptable:
		p.Title, p.Detail = "格式不对", "只能返回 application/json"
	case http.StatusInternalServerError:
		f := explain(errors.New("huma"))
		p.Title, p.Detail = f.Title, f.Detail
		return p, nil
	}
	for _, e := range m.Errors {
		p.Errors = append(p.Errors, problemField{e.Location, validationWords(e.Message)})
	}
	return p, nil
}

// validation maps huma's English messages to ours; the first that fits wins.
var validation = []struct {
	pattern *regexp.Regexp
	words   string
}{
	{regexp.MustCompile(`^expected required property (\S+) to be present$`), "缺少 $1"},
	{regexp.MustCompile(`^required (\w+) parameter is missing$`), "缺少这个参数"},
	{regexp.MustCompile(`^unexpected property$`), "没有这个字段"},
	{regexp.MustCompile(`^expected length >= (\d+)$`), "至少 $1 个字"},
	{regexp.MustCompile(`^expected length <= (\d+)$`), "最多 $1 个字"},
	{regexp.MustCompile(`^expected array length <= (\d+)$`), "最多 $1 项"},
	{regexp.MustCompile(`^expected array length >= (\d+)$`), "至少 $1 项"},
	{regexp.MustCompile(`^expected number >= (\S+)$`), "不能小于 $1"},
	{regexp.MustCompile(`^expected number <= (\S+)$`), "不能大于 $1"},
	{regexp.MustCompile(`^expected value to be one of "(.*)"$`), "应为其中之一：$1"},
	{regexp.MustCompile(`^expected boolean$`), "应为 true 或 false"},
	{regexp.MustCompile(`^expected integer$`), "应为整数"},
	{regexp.MustCompile(`^expected number$`), "应为数字"},
	{regexp.MustCompile(`^expected string$`), "应为文字"},
	{regexp.MustCompile(`^expected array$`), "应为数组"},
	{regexp.MustCompile(`^expected object$`), "应为对象"},
	{regexp.MustCompile(`^invalid (integer|number|float)`), "应为数字"},
	{regexp.MustCompile(`^invalid boolean`), "应为 true 或 false"},
}

func validationWords(message string) string {
	for _, m := range validation {
		if m.pattern.MatchString(message) {
			return m.pattern.ReplaceAllString(message, m.words)
		}
	}
	return "格式不对，请对照接口说明"
}

// openAPI sends the machine's description of the API.
func (s *Site) openAPI(v *visit) error {
	v.Data(http.StatusOK, "application/json; charset=utf-8", s.openapi)
	return nil
}

type apiPage struct {
	page
	Keys   bool // the reader makes and revokes the keys of the party
	Groups []apiGroup
}

type apiGroup struct {
	Name string
	Rows []apiRow
}

type apiRow struct {
	Method, Path, Summary, Roles string
	Params                       []apiParam
	Body                         []apiParam
}

type apiParam struct {
	Name, Kind, Doc string
	Required        bool
}

// apiDocs is the human's description of the API, made from the same document.
func (s *Site) apiDocs(v *visit) error {
	p := &apiPage{page: page{Title: "接口说明", Crumbs: []link{{Label: "接口说明"}}}, Keys: v.actor.Admin && slices.Contains(keyHolders, v.actor.Role)}
	doc := s.api.OpenAPI()
	for _, o := range s.operations() {
		item := doc.Paths[apiRoot+o.path]
		op := map[string]*huma.Operation{http.MethodGet: item.Get, http.MethodPost: item.Post}[o.method]
		row := apiRow{Method: o.method, Path: apiRoot + o.path, Summary: o.summary, Roles: strings.TrimPrefix(op.Description, "可用角色：")}
		for _, par := range op.Parameters {
			row.Params = append(row.Params, apiParam{par.Name, schemaWords(par.Schema), joinWords("；", par.Description, par.Schema.Description), par.Required})
		}
		if op.RequestBody != nil {
			if m := op.RequestBody.Content["application/json"]; m != nil && m.Schema != nil {
				row.Body = s.bodyFields(m.Schema)
			}
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(o.path, "/"), "/")
		at := slices.IndexFunc(p.Groups, func(g apiGroup) bool { return g.Name == name })
		if at < 0 {
			p.Groups = append(p.Groups, apiGroup{Name: name})
			at = len(p.Groups) - 1
		}
		p.Groups[at].Rows = append(p.Groups[at].Rows, row)
	}
	return s.render(v, http.StatusOK, "api", p)
}

func (s *Site) bodyFields(schema *huma.Schema) []apiParam {
	if schema.Ref != "" {
		schema = s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	var out []apiParam
	for _, name := range sortedKeys(schema.Properties) {
		f := schema.Properties[name]
		out = append(out, apiParam{name, schemaWords(f), f.Description, slices.Contains(schema.Required, name)})
	}
	return out
}

func schemaWords(s *huma.Schema) string {
	words := map[string]string{"string": "文字", "integer": "整数", "number": "数字", "boolean": "是/否", "array": "数组", "object": "对象"}[s.Type]
	if len(s.Enum) > 0 {
		list := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			list[i] = fmt.Sprint(reflect.ValueOf(e).Interface())
		}
		words += "（" + strings.Join(list, " | ") + "）"
	}
	return words
}
