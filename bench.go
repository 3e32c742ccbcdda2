package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"

	"sunmao/search"
	"sunmao/services/catalogue"
	"sunmao/services/exchange"
	"sunmao/services/partnership"
)

type benchCmd struct {
	Search benchSearchCmd `cmd:"" help:"检索质量：nDCG@10、recall@50、零结果率；给出标注好的岗位名称时，还有职业与专业推荐的准确率。"`
	Match  benchMatchCmd  `cmd:"" help:"匹配速度：与教科书算法在同一次运行里比较。"`
}

type benchSearchCmd struct {
	Posts  int    `default:"12000" help:"合成岗位的数量。" placeholder:"个数"`
	Seed   uint64 `default:"1" help:"合成岗位的种子。" placeholder:"种子"`
	Half   string `default:"held-out" enum:"held-out,tuning,all" help:"用哪一半查询：held-out 未用于调参的一半，tuning 调参用的一半，all 全部。" placeholder:"一半"`
	Titles string `help:"标注好职业的岗位名称（CSV，列 title、occ_code）。" placeholder:"文件"`
	Format string `default:"table" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

func (c *benchSearchCmd) Run(app *App) error {
	cat, err := catalogue.Load()
	if err != nil {
		return err
	}
	rows, err := c.relevance(app.Ctx, cat)
	if err != nil {
		return err
	}
	if c.Titles != "" {
		more, err := c.occupations(cat)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	return app.Table(c.Format, []string{"what", "n", "ndcg@10/top-1", "recall@50/top-3", "zero/top-5"}, rows, nil)
}

// relevance indexes the composed posts and asks the judged queries, with the words, synonyms, places and
// facts of the product: a change of the tables is judged like one of the engine.
func (c *benchSearchCmd) relevance(ctx context.Context, cat *catalogue.Catalogue) ([][]string, error) {
	corpus := search.NewCorpus(c.Posts, c.Seed)
	index, err := search.OpenMemory(exchange.IndexConfig(cat))
	if err != nil {
		return nil, err
	}
	defer index.Close() //nolint:errcheck // in memory
	if err := index.Rebuild(ctx, corpus.Docs(), ""); err != nil {
		return nil, err
	}
	var queries []search.Judgement
	for _, q := range corpus.Judgements() {
		if c.Half == "all" || q.Tuning == (c.Half == "tuning") {
			queries = append(queries, q)
		}
	}
	scores, err := search.Evaluate(ctx, queries, func(ctx context.Context, text string, n int) ([]string, error) {
		r, err := index.Find(ctx, search.Query{Text: text, Limit: n})
		ids := make([]string, len(r.Hits))
		for i, h := range r.Hits {
			ids[i] = h.ID
		}
		return ids, err
	})
	if err != nil {
		return nil, err
	}
	rows := make([][]string, 0, len(scores))
	for _, s := range scores {
		name := s.Class
		if name == "" {
			name = "all"
		}
		rows = append(rows, []string{"search " + name, fmt.Sprint(s.Queries), share(s.NDCG), share(s.Recall), share(s.Zero)})
	}
	return rows, nil
}

func share(x float64) string { return fmt.Sprintf("%.3f", x) }

// occupations tries the suggestions on labelled titles. The shipped tables may have
// learnt from the same titles: figures for new ones need titles kept apart.
func (c *benchSearchCmd) occupations(cat *catalogue.Catalogue) ([][]string, error) {
	f, err := os.Open(c.Titles)
	if err != nil {
		return nil, partnership.Refuse(partnership.ErrNotFound, "打不开文件 %s：%v", c.Titles, err)
	}
	defer f.Close() //nolint:errcheck // opened for reading
	all, err := csv.NewReader(f).ReadAll()
	if err != nil || len(all) < 2 || len(all[0]) < 2 {
		return nil, usagef("%s 应是 CSV，第一行列名 title,occ_code（%v）", c.Titles, err)
	}
	titles := make([]catalogue.Labelled, 0, len(all)-1)
	for _, r := range all[1:] {
		titles = append(titles, catalogue.Labelled{Title: r[0], Code: r[1]})
	}
	g := cat.Evaluate(titles)
	of := func(n, all int) string { return share(float64(n) / float64(max(1, all))) }
	return [][]string{
		{"occupation", fmt.Sprint(g.Titles), of(g.Top1, g.Titles), of(g.Top3, g.Titles), of(g.Top5, g.Titles)},
		{"majors in the first three", fmt.Sprint(g.WithPath), "", of(g.MajorsTop3, g.WithPath), ""},
	}, nil
}
