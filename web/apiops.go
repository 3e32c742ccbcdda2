package web

import (
	"context"
	"net/http"
	"slices"

	"sunmao/search"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// What operations take: named as in the address. Paging is exported because huma
// leaves out the fields of an embedded struct that is not.
type (
	none struct{}
	byID struct {
		ID string `path:"id" maxLength:"200"`
	}
	Paging struct {
		After string `query:"after" maxLength:"500" doc:"上一页返回的 next"`
		Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"每页条数"`
	}
	stated struct {
		Paging
		State string `query:"state" maxLength:"40" doc:"只要这个状态"`
	}
	searching struct {
		Paging
		Q      string   `query:"q" maxLength:"200" doc:"要找的词，可带地点、报酬等"`
		Kind   []string `query:"kind" maxItems:"10" doc:"post | company | base | class | major | cohort"`
		Region []string `query:"region" maxItems:"20" doc:"行政区划代码"`
		Major  []string `query:"major" maxItems:"20" doc:"专业代码"`
		PayMin int      `query:"pay_min" minimum:"0" maximum:"1000000" doc:"报酬不低于，元/月"`
		PayMax int      `query:"pay_max" minimum:"0" maximum:"1000000" doc:"报酬不高于，元/月"`

		Category   []string `query:"category" maxItems:"20" doc:"专业大类代码"`
		Occupation []string `query:"occupation" maxItems:"20" doc:"职业代码"`
		Period     []string `query:"period" maxItems:"24" doc:"在岗月份，如 2027-03"`
		State      []string `query:"state" maxItems:"10" doc:"状态"`
		Lodging    string   `query:"lodging" enum:"yes,no" doc:"提供（或需要）住宿"`
		Open       string   `query:"open" enum:"yes,no" doc:"岗位还有空位，或基地对外开放"`
		Lng        float64  `query:"lng" minimum:"-180" maximum:"180" doc:"从哪里算距离：经度（GCJ-02）"`
		Lat        float64  `query:"lat" minimum:"-90" maximum:"90" doc:"从哪里算距离：纬度（GCJ-02）"`
		KM         float64  `query:"km" minimum:"0" maximum:"5000" doc:"距离不超过，公里"`
		Sort       string   `query:"sort" enum:"fit,newest,pay,distance" doc:"次序；不给时有词按相关，无词按更新"`
		Facets     []string `query:"facets" maxItems:"10" doc:"要计数的字段：kind、region、category、major、occupation、period、state、lodging、open、pay 等；计数不受本组筛选影响"`
		Explain    bool     `query:"explain" doc:"true：why 里说明每条为什么在这里"`
	}
)

// pageOfDocs is one page of a list.
type pageOfDocs[T any] struct {
	Body struct {
		Items []T    `json:"items"`
		Next  string `json:"next" doc:"下一页的 after；空为最后一页"`
		Total int    `json:"total,omitempty" doc:"检索结果总数"`
	}
}

type one[T any] struct{ Body T }

func pageFrom[D, T any](docs []D, next string, of func(*D) T) *pageOfDocs[T] {
	out := &pageOfDocs[T]{}
	out.Body.Next, out.Body.Items = next, make([]T, 0, len(docs))
	for i := range docs {
		out.Body.Items = append(out.Body.Items, of(&docs[i]))
	}
	return out
}

// operations is the API's one table.
func (s *Site) operations() []operation {
	get, post := http.MethodGet, http.MethodPost
	return slices.Concat(s.changeOperations(), s.studentOperations(), s.selectionOperations(), s.importOperations(), s.noticeOperations(), s.graduateOperations(), s.schoolOperations(), s.placementOperations(), s.offerOperations(), s.alignOperations(), s.figureOperations(), s.classOperations(), s.baseOperations(), s.rotationOperations(), s.cooperationOperations(), []operation{
		{method: get, path: "/search", id: "search", summary: "在全部内容里检索", roles: everyRole, add: serves(s.apiSearch)},
		{method: get, path: "/posts", id: "list-posts", summary: "检索岗位；不给词则列出全部，最近更新的在前", roles: everyRole, add: serves(s.apiPosts)},
		{method: post, path: "/posts", id: "create-post", summary: "建立岗位草稿", roles: companies, add: serves(s.apiCreatePost)},
		{method: get, path: "/posts/{id}", id: "get-post", summary: "一个岗位和适合它的班级批次", roles: everyRole, add: serves(s.apiPost)},
		{method: post, path: "/posts/{id}/act", id: "act-post", summary: "提交、发布、退回、关闭或复制岗位", roles: everyRole, add: serves(s.apiActPost)},
		{method: get, path: "/cohorts", id: "list-cohorts", summary: "班级批次", roles: everyRole, add: serves(s.apiCohorts)},
		{method: get, path: "/cohorts/{id}", id: "get-cohort", summary: "一个班级批次和它的候选岗位", roles: everyRole, add: serves(s.apiCohort)},
		{method: get, path: "/companies", id: "list-companies", summary: "企业", roles: everyRole, add: serves(s.apiCompanies)},
		{method: get, path: "/companies/{id}", id: "get-company", summary: "一家企业", roles: everyRole, add: serves(s.apiCompany)},
		{method: get, path: "/companies/{id}/capacity", id: "get-capacity", summary: "企业还能接收多少实习生，按日期；含所有学校", roles: everyRole, add: serves(s.apiCapacity)},
		{method: get, path: "/majors", id: "search-majors", summary: "检索专业目录", roles: everyRole, add: serves(s.apiMajors)},
		{method: get, path: "/rates", id: "list-rates", summary: "各项比率及其分子、分母", roles: schoolSide, add: serves(s.apiRates)},
		{method: get, path: "/dashboard", id: "get-dashboard", summary: "一届的总览与此刻的供需", roles: schoolSide, add: serves(s.apiDashboard)},
		{method: get, path: "/rounds", id: "list-rounds", summary: "匹配轮次；企业看到参加的双选", roles: everyRole, add: serves(s.apiRounds)},
		{method: post, path: "/rounds", id: "run-round", summary: "运行新的一轮并返回预览；给出两个截止日的双选先征集名单", roles: schoolSide, add: serves(s.apiRunRound)},
		{method: get, path: "/rounds/{id}", id: "get-round", summary: "一轮的结果", roles: everyRole, add: serves(s.apiRound)},
		{method: post, path: "/rounds/{id}/publish", id: "publish-round", summary: "发布一轮的结果", roles: schoolSide, add: serves(s.apiPublishRound)},
		{method: get, path: "/jobs", id: "list-jobs", summary: "定时任务和最近的运行", roles: operators, add: serves(s.apiJobs)},
		{method: post, path: "/jobs/{name}/pause", id: "pause-job", summary: "暂停一个任务，或恢复它按时间运行", roles: []partnership.Role{partnership.RoleOperator}, add: serves(s.apiPauseJob)},
		{method: post, path: "/jobs/{name}/run", id: "run-job", summary: "立即运行一个任务", roles: operators, add: serves(s.apiRunJob)},
	})
}

func (in *searching) query(kinds ...string) search.Query {
	q := search.Query{Text: in.Q, Kinds: kinds, After: in.After, Limit: in.Limit, PayMin: in.PayMin, PayMax: in.PayMax, Explain: in.Explain, Facets: in.Facets,
		Filters: map[string][]string{}, Sort: in.Sort}
	if q.Sort == "" {
		q.Sort = search.SortNewest
		if in.Q != "" {
			q.Sort = search.SortFit
		}
	}
	for field, values := range map[string][]string{exchange.RegionField: in.Region, exchange.MajorField: in.Major, exchange.CategoryField: in.Category,
		exchange.OccupationField: in.Occupation, exchange.PeriodField: in.Period, exchange.StateField: in.State, exchange.LodgingField: {in.Lodging}, exchange.OpenField: {in.Open}} {
		if len(values) > 0 && values[0] != "" {
			q.Filters[field] = values
		}
	}
	if in.Lng != 0 || in.Lat != 0 {
		q.Near = &search.Near{Point: search.Point{Lng: in.Lng, Lat: in.Lat}, KM: in.KM}
	}
	return q
}

// searchBody is the answer to a search: a page of hits with what explains it.
type searchBody[T any] struct {
	Body struct {
		Items      []T                   `json:"items"`
		Next       string                `json:"next" doc:"下一页的 after；空为最后一页"`
		Total      int                   `json:"total" doc:"检索结果总数"`
		Exact      int                   `json:"exact" doc:"其中含全部词语的"`
		Facets     map[string][]countDoc `json:"facets"`
		Read       []readDoc             `json:"read" doc:"词语里被理解为条件的部分"`
		Nearest    []hitDoc              `json:"nearest" doc:"什么都没找到时最接近的三条"`
		CatchingUp bool                  `json:"catching_up" doc:"检索正在恢复，结果直接取自数据，只按字面查找"`
	}
}

type countDoc struct {
	Value string `json:"value"`
	Count int    `json:"count"`
}

type readDoc struct {
	Text  string `json:"text"`
	Label string `json:"label"`
}

func answerOf[T any](r exchange.Found, items []T) *searchBody[T] {
	out := &searchBody[T]{}
	b := &out.Body
	b.Items, b.Next, b.Total, b.Exact, b.CatchingUp = items, r.Next, r.Total, r.Exact, r.CatchingUp
	b.Facets, b.Read, b.Nearest = map[string][]countDoc{}, []readDoc{}, hitDocs(r.Nearest)
	for f, counts := range r.Facets {
		b.Facets[f] = []countDoc{}
		for _, c := range counts {
			b.Facets[f] = append(b.Facets[f], countDoc(c))
		}
	}
	for _, c := range r.Chips {
		b.Read = append(b.Read, readDoc{c.Text, c.Label})
	}
	return out
}

func (s *Site) apiSearch(ctx context.Context, v *visit, in *searching) (*searchBody[hitDoc], error) {
	r, err := s.exchange.Search(ctx, v.actor, in.query(in.Kind...))
	if err != nil {
		return nil, err
	}
	return answerOf(r, hitDocs(r.Hits)), nil
}

func (s *Site) apiMajors(ctx context.Context, v *visit, in *searching) (*searchBody[hitDoc], error) {
	r, err := s.exchange.Search(ctx, v.actor, in.query(exchange.KindMajor))
	if err != nil {
		return nil, err
	}
	return answerOf(r, hitDocs(r.Hits)), nil
}

func (s *Site) apiPosts(ctx context.Context, v *visit, in *searching) (*searchBody[postDoc], error) {
	r, err := s.exchange.Search(ctx, v.actor, in.query(exchange.KindPost))
	if err != nil {
		return nil, err
	}
	found, err := s.exchange.PostsByID(ctx, v.actor, ids(r.Hits))
	if err != nil {
		return nil, err
	}
	why := map[string][]string{}
	for _, h := range r.Hits {
		why[h.ID] = h.Why
	}
	items := make([]postDoc, 0, len(found))
	for i := range found {
		d := postDocOf(&found[i])
		d.Why = list(why[d.ID])
		items = append(items, d)
	}
	return answerOf(r, items), nil
}

type postWithMatches struct {
	Post    postDoc    `json:"post"`
	Matches []matchDoc `json:"matches"`
}

func (s *Site) apiPost(ctx context.Context, v *visit, in *byID) (*one[postWithMatches], error) {
	view, err := s.exchange.Post(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	doc := postDocOf(&view.Post)
	if view.CanEdit || v.actor.SeesAll() {
		doc.Corrections = sayDocs(view.Post.Corrections)
	}
	return &one[postWithMatches]{postWithMatches{doc, matchDocs(view.Matches)}}, nil
}

type newPost struct {
	Body struct {
		Kind     string   `json:"kind" enum:"observation,internship,job"`
		Title    string   `json:"title" minLength:"1" maxLength:"60" doc:"岗位名称"`
		Duties   string   `json:"duties" minLength:"1" maxLength:"4000" doc:"工作内容"`
		Skills   []string `json:"skills,omitempty" maxItems:"50"`
		Majors   []string `json:"majors,omitempty" maxItems:"50" doc:"接受的专业代码；不给则由职业推断"`
		Slots    int      `json:"slots" minimum:"1" maximum:"5000"`
		From     string   `json:"from" doc:"2027-03-01"`
		To       string   `json:"to" doc:"2027-08-31"`
		ClosesOn string   `json:"closes_on,omitempty" doc:"报名截止日"`
		PayFen   int64    `json:"pay_fen,omitempty" minimum:"0" doc:"每月，分"`
		Hours    float64  `json:"hours_per_day,omitempty" minimum:"0" maximum:"24"`
		Days     float64  `json:"days_per_week,omitempty" minimum:"0" maximum:"7"`
		Lodging  bool     `json:"lodging,omitempty"`
		Meals    bool     `json:"meals,omitempty"`
		Region   string   `json:"region,omitempty" doc:"行政区划代码；不给则为企业所在地"`
		Address  string   `json:"address,omitempty" maxLength:"200"`

		Transport     string   `json:"transport,omitempty" maxLength:"100" doc:"交通，如：厂车接送"`
		Sites         []string `json:"sites,omitempty" maxItems:"20" doc:"其他工作地点"`
		SamePostWage  int64    `json:"pay_wage_fen,omitempty" minimum:"0" doc:"相同岗位工资，每月，分"`
		LowestWage    int64    `json:"lowest_wage_fen,omitempty" minimum:"0" doc:"本单位最低档工资，每月，分"`
		Assists       bool     `json:"assists,omitempty" doc:"只做辅助，尚未相对独立工作"`
		PayForm       string   `json:"pay_form,omitempty" maxLength:"20" doc:"应为货币"`
		PayTo         string   `json:"pay_to,omitempty" maxLength:"20" doc:"应为学生本人"`
		PayCycle      int      `json:"pay_cycle,omitempty" minimum:"0" maximum:"366" doc:"几天发放一次"`
		Fees          string   `json:"fees,omitempty" maxLength:"200" doc:"向学生收取的费用；不得收费"`
		NightShift    bool     `json:"night_shift,omitempty"`
		Overtime      bool     `json:"overtime,omitempty"`
		RestDayWork   bool     `json:"rest_day_work,omitempty" doc:"休息日或法定节假日上班"`
		Hazards       []string `json:"hazards,omitempty" maxItems:"30" doc:"危害因素，知道级别的写在后面：高处2级"`
		LabourGrade   int      `json:"labour_grade,omitempty" minimum:"0" maximum:"4" doc:"体力劳动强度 1 到 4 级"`
		LiftKg        float64  `json:"lift_kg,omitempty" minimum:"0" doc:"单次搬举最重，公斤"`
		LiftsPerHour  float64  `json:"lifts_per_hour,omitempty" minimum:"0"`
		Motions       float64  `json:"motions_per_minute,omitempty" minimum:"0" doc:"流水线每分钟动作次数"`
		SamePostStaff int      `json:"same_post_staff,omitempty" minimum:"0" doc:"同岗位在岗职工"`
		Tutors        int      `json:"tutors,omitempty" minimum:"0" doc:"企业指导教师"`
	}
}

func (s *Site) apiCreatePost(ctx context.Context, v *visit, in *newPost) (*one[postDoc], error) {
	b := &in.Body
	p, err := s.exchange.SavePost(ctx, v.actor, partnership.Post{Kind: partnership.PostKind(b.Kind), Title: b.Title, Duties: b.Duties, Skills: b.Skills, Majors: b.Majors, Slots: b.Slots,
		From: b.From, To: b.To, ClosesOn: b.ClosesOn, PayFen: b.PayFen, HoursPerDay: b.Hours, DaysPerWeek: b.Days, Lodging: b.Lodging, Meals: b.Meals, Region: b.Region, Address: b.Address,
		Transport: b.Transport, Sites: b.Sites, PayWageFen: b.SamePostWage, LowestFen: b.LowestWage, Assists: b.Assists, PayForm: b.PayForm, PayTo: b.PayTo, PayCycle: b.PayCycle, Fees: b.Fees,
		NightShift: b.NightShift, Overtime: b.Overtime, RestDayWork: b.RestDayWork, Hazards: b.Hazards, LabourGrade: b.LabourGrade, LiftKg: b.LiftKg, LiftsPerHour: b.LiftsPerHour, Motions: b.Motions,
		SamePostStaff: b.SamePostStaff, Tutors: b.Tutors})
	if err != nil {
		return nil, err
	}
	return &one[postDoc]{postDocOf(&p)}, nil
}

type actOn struct {
	ID   string `path:"id" maxLength:"200"`
	Body struct {
		Verb string `json:"verb" enum:"submit,publish,return,close,clone"`
		Why  string `json:"why,omitempty" maxLength:"500" doc:"退回时必填"`
	}
}

func (s *Site) apiActPost(ctx context.Context, v *visit, in *actOn) (*one[postDoc], error) {
	p, err := s.exchange.ActPost(ctx, v.actor, in.ID, in.Body.Verb, in.Body.Why)
	if err != nil {
		return nil, err
	}
	return &one[postDoc]{postDocOf(&p)}, nil
}

func (in *stated) list() exchange.List {
	return exchange.List{State: in.State, After: in.After, Limit: in.Limit}
}

func (s *Site) apiCohorts(ctx context.Context, v *visit, in *stated) (*pageOfDocs[cohortDoc], error) {
	found, next, err := s.exchange.Cohorts(ctx, v.actor, in.list())
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, cohortDocOf), nil
}

type cohortWithMatches struct {
	Cohort  cohortDoc  `json:"cohort"`
	Matches []matchDoc `json:"matches"`
}

func (s *Site) apiCohort(ctx context.Context, v *visit, in *byID) (*one[cohortWithMatches], error) {
	view, err := s.exchange.Cohort(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[cohortWithMatches]{cohortWithMatches{cohortDocOf(&view.Cohort), matchDocs(view.Matches)}}, nil
}

func (s *Site) apiCompanies(ctx context.Context, v *visit, in *stated) (*pageOfDocs[companyDoc], error) {
	found, next, err := s.exchange.Companies(ctx, v.actor, in.list())
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, companyDocOf), nil
}

type companyWithPosts struct {
	Company companyDoc `json:"company"`
	Posts   []postDoc  `json:"posts"`
}

func (s *Site) apiCompany(ctx context.Context, v *visit, in *byID) (*one[companyWithPosts], error) {
	view, err := s.exchange.Company(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[companyWithPosts]{companyWithPosts{companyDocOf(&view.Company), pageFrom(view.Posts, "", postDocOf).Body.Items}}, nil
}

type ratesQuery struct {
	Year   int    `query:"year" minimum:"0" maximum:"2100" doc:"毕业年份，0 为全部"`
	School string `query:"school" maxLength:"100" doc:"学校编号"`
	By     string `query:"by" enum:"district,school,class,category,major,cohort,company,industry,cluster" default:"school"`
}

type figures struct {
	Items []figureDoc `json:"items"`
}

func (s *Site) apiRates(ctx context.Context, v *visit, in *ratesQuery) (*one[figures], error) {
	found, err := s.exchange.Rates(ctx, v.actor, exchange.RateQuery{Year: in.Year, School: in.School, By: in.By})
	if err != nil {
		return nil, err
	}
	return &one[figures]{figures{figureDocs(found)}}, nil
}

type yearQuery struct {
	Year int `query:"year" minimum:"0" maximum:"2100" doc:"毕业年份，0 为最近一届"`
}

func (s *Site) apiDashboard(ctx context.Context, v *visit, in *yearQuery) (*one[dashboardDoc], error) {
	d, err := s.exchange.Dashboard(ctx, v.actor, exchange.DashboardQuery{Year: in.Year})
	if err != nil {
		return nil, err
	}
	return &one[dashboardDoc]{dashboardDocOf(&d)}, nil
}

func (s *Site) apiRounds(ctx context.Context, v *visit, in *Paging) (*pageOfDocs[roundDoc], error) {
	found, next, err := s.exchange.Rounds(ctx, v.actor, exchange.List{After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	return pageFrom(found, next, func(r *partnership.Round) roundDoc {
		short := *r // a list tells the sums, the round itself its lines
		short.Unplaced, short.Cold = nil, nil
		return roundDocOf(&short, nil)
	}), nil
}

func (s *Site) apiRound(ctx context.Context, v *visit, in *byID) (*one[roundDoc], error) {
	view, err := s.exchange.Round(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[roundDoc]{roundDocOf(&view.Round, view.Allocations)}, nil
}

type newRound struct {
	Body struct {
		Name      string         `json:"name,omitempty" maxLength:"80"`
		Mode      string         `json:"mode" enum:"assign,stable" doc:"assign 统筹分配 | stable 双向选择"`
		Seed      uint64         `json:"seed,omitempty" doc:"公布的抽签种子，同分时用"`
		Weights   map[string]int `json:"weights,omitempty" doc:"本轮计分的权重，1 分为 100，不写的项用默认值；各项合计须为 10000"`
		ChoicesBy string         `json:"choices_by,omitempty" maxLength:"10" doc:"双选：学生志愿截止日"`
		RanksBy   string         `json:"ranks_by,omitempty" maxLength:"10" doc:"双选：企业排序截止日"`
	}
}

func (s *Site) apiRunRound(ctx context.Context, v *visit, in *newRound) (*one[roundDoc], error) {
	draft := partnership.Round{Name: in.Body.Name, Mode: partnership.RoundMode(in.Body.Mode), Seed: in.Body.Seed, Weights: in.Body.Weights}
	if in.Body.ChoicesBy != "" || in.Body.RanksBy != "" {
		draft.Selection = &partnership.Selection{ChoicesBy: in.Body.ChoicesBy, RanksBy: in.Body.RanksBy}
	}
	view, err := s.exchange.RunRound(ctx, v.actor, draft)
	if err != nil {
		return nil, err
	}
	return &one[roundDoc]{roundDocOf(&view.Round, view.Allocations)}, nil
}

func (s *Site) apiPublishRound(ctx context.Context, v *visit, in *byID) (*one[roundDoc], error) {
	r, err := s.exchange.PublishRound(ctx, v.actor, in.ID)
	if err != nil {
		return nil, err
	}
	return &one[roundDoc]{roundDocOf(&r, nil)}, nil
}

type jobDoc struct {
	Name   string   `json:"name"`
	Words  string   `json:"words"`
	Spec   string   `json:"spec" doc:"cron，北京时间"`
	Next   int64    `json:"next" doc:"下次运行，1970 年起的毫秒"`
	Paused string   `json:"paused" doc:"暂停的原因；空为没有暂停"`
	Runs   []runDoc `json:"runs"`
}

type runDoc struct {
	Day    string `json:"day"`
	Start  int64  `json:"start"`
	End    int64  `json:"end"`
	OK     bool   `json:"ok"`
	Result string `json:"result"`
	By     string `json:"by"`
}

func runDocOf(r *partnership.JobRun) runDoc {
	return runDoc{r.Day, int64(r.Start), int64(r.End), r.OK, r.Result, r.By}
}

type jobsBody struct {
	Items []jobDoc `json:"items"`
}

func (s *Site) apiJobs(ctx context.Context, _ *visit, _ *none) (*one[jobsBody], error) {
	all, err := s.jobs.List(ctx)
	if err != nil {
		return nil, err
	}
	out := jobsBody{Items: []jobDoc{}}
	for _, j := range all {
		why := ""
		if j.Paused != nil {
			why = j.Paused.Why
		}
		out.Items = append(out.Items, jobDoc{j.Name, j.Words, j.Spec, int64(partnership.At(j.Next)), why, pageFrom(j.Last, "", runDocOf).Body.Items})
	}
	return &one[jobsBody]{out}, nil
}

type runJobInput struct {
	Name string `path:"name" maxLength:"40"`
	Body struct {
		Day string `json:"day,omitempty" maxLength:"10" doc:"2025-12-31；不给则为默认的一天"`
	}
}

func (s *Site) apiRunJob(ctx context.Context, v *visit, in *runJobInput) (*one[runDoc], error) {
	run, err := s.jobs.RunNow(ctx, v.actor, in.Name, in.Body.Day)
	if err != nil {
		return nil, err
	}
	return &one[runDoc]{runDocOf(&run)}, nil
}

type pauseJobInput struct {
	Name string `path:"name" maxLength:"40"`
	Body struct {
		Paused bool   `json:"paused" doc:"false：恢复"`
		Why    string `json:"why,omitempty" maxLength:"200" doc:"暂停的原因，必填"`
	}
}

type pausedDoc struct {
	Name   string `json:"name"`
	Paused bool   `json:"paused"`
}

func (s *Site) apiPauseJob(ctx context.Context, v *visit, in *pauseJobInput) (*one[pausedDoc], error) {
	var err error
	if in.Body.Paused {
		err = s.jobs.Pause(ctx, v.actor, in.Name, in.Body.Why)
	} else {
		err = s.jobs.Resume(ctx, v.actor, in.Name)
	}
	if err != nil {
		return nil, err
	}
	return &one[pausedDoc]{pausedDoc{in.Name, in.Body.Paused}}, nil
}
