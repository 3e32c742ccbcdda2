package web

import (
	"context"
	"net/http"

	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

// changeOperations are the feeds of changes, one for each kind that other systems copy.
func (s *Site) changeOperations() []operation {
	of := func(kind, words string, add operation) operation {
		add.method, add.path, add.id = http.MethodGet, "/changes/"+kind, "list-"+kind+"-changes"
		add.summary, add.roles = words+"自上次以来的变化：新建、修改、删除或不再对您开放的", everyRole
		return add
	}
	x := s.exchange
	return []operation{
		of("posts", "岗位", operation{add: serves(feedOf(x.PostChanges, postDocOf))}),
		of("cohorts", "班级批次", operation{add: serves(feedOf(x.CohortChanges, cohortDocOf))}),
		of("companies", "企业", operation{add: serves(feedOf(x.CompanyChanges, companyDocOf))}),
		of("bases", "实训基地", operation{add: serves(feedOf(x.BaseChanges, baseDocOf))}),
		of("order-classes", "订单班", operation{add: serves(feedOf(x.ClassChanges, classDocOf))}),
		of("placements", "学生安置", operation{add: serves(feedOf(x.PlacementChanges, placementDocOf))}),
	}
}

type sinceAsk struct {
	Since string `query:"since" maxLength:"4000" doc:"上一次答复的 next；不给则从头读起"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"100" doc:"一次最多几条"`
}

type changeDoc[T any] struct {
	ID   string `json:"id"`
	Rev  int64  `json:"rev" doc:"只取比手里新的"`
	At   int64  `json:"at" doc:"1970 年起的毫秒"`
	Gone bool   `json:"gone" doc:"已删除，或不再对您开放；请删掉您的副本"`
	Doc  *T     `json:"doc,omitempty" doc:"现在的内容；gone 时没有"`
}

type changesBody[T any] struct {
	Body struct {
		Items []changeDoc[T] `json:"items"`
		Next  string         `json:"next" doc:"下一次的 since，读完也要保存"`
		More  bool           `json:"more" doc:"true：马上接着读；false：过一会儿再读"`
	}
}

// feedOf answers with one reading of a feed, its records as the API shows them.
func feedOf[D, T any](read func(context.Context, partnership.Actor, exchange.SinceQuery) (exchange.Feed[D], error), of func(*D) T) func(context.Context, *visit, *sinceAsk) (*changesBody[T], error) {
	return func(ctx context.Context, v *visit, in *sinceAsk) (*changesBody[T], error) {
		found, err := read(ctx, v.actor, exchange.SinceQuery{Since: in.Since, Limit: in.Limit})
		if err != nil {
			return nil, err
		}
		out := &changesBody[T]{}
		out.Body.Next, out.Body.More, out.Body.Items = found.Next, found.More, make([]changeDoc[T], 0, len(found.Items))
		for _, c := range found.Items {
			d := changeDoc[T]{ID: c.ID, Rev: c.Rev, At: int64(c.At), Gone: c.Gone}
			if c.Doc != nil {
				doc := of(c.Doc)
				d.Doc = &doc
			}
			out.Body.Items = append(out.Body.Items, d)
		}
		return out, nil
	}
}
