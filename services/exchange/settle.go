package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"sunmao/search"
	"sunmao/services/partnership"
	"sunmao/services/store"
)

// A saved post or cohort is settled at once in the same request; if that fails, the
// job settle calls the same functions every minute. Settling is idempotent.

const settleBatch = 200

// SettleAll settles what is saved but not yet indexed and matched, and returns how many.
func (x *Exchange) SettleAll(ctx context.Context) (int, error) {
	done, err := x.applyRulings(ctx)
	if err != nil {
		return done, err
	}
	for {
		cohorts, err := x.cohorts.All(ctx, store.Query{Where: store.Field("unsettled").Eq(true), Limit: settleBatch})
		if err != nil {
			return done, err
		}
		if len(cohorts) == 0 {
			break
		}
		if err := x.settleCohorts(ctx, cohorts); err != nil {
			return done, err
		}
		done += len(cohorts)
	}
	for {
		posts, err := x.posts.All(ctx, store.Query{Where: store.Field("unsettled").Eq(true), Limit: settleBatch})
		if err != nil {
			return done, err
		}
		if len(posts) == 0 {
			return done, nil
		}
		if err := x.settlePosts(ctx, posts); err != nil {
			return done, err
		}
		done += len(posts)
	}
}

// settleSaved settles a post that was just saved and returns it as it is then. The
// save stands whatever happens here.
func (x *Exchange) settleSaved(ctx context.Context, p partnership.Post) partnership.Post {
	if err := x.settlePosts(ctx, []partnership.Post{p}); err != nil {
		x.log.WarnContext(ctx, "post saved, settling left to the job", "post", p.ID, "err", err)
		return p
	}
	if now, err := x.posts.Get(ctx, p.ID); err == nil {
		return now
	}
	return p
}

// settlePosts works out occupations, majors and matches of posts, stores the matches
// and puts the posts into the index.
func (x *Exchange) settlePosts(ctx context.Context, posts []partnership.Post) error {
	for {
		if _, err := x.refreshTables(ctx); err != nil {
			return err
		}
		if err := x.settlePostsOnce(ctx, posts); err != nil {
			return err
		}
		// A ruling that came in between did not see these posts, and they did not see it.
		if moved, err := x.refreshTables(ctx); err != nil || !moved {
			return err
		}
	}
}

func (x *Exchange) settlePostsOnce(ctx context.Context, posts []partnership.Post) error {
	offered, err := x.offeredMajors(ctx)
	if err != nil {
		return err
	}
	open, err := x.openCohorts(ctx)
	if err != nil {
		return err
	}
	ids := make([]string, len(posts))
	companies := map[string]partnership.Company{}
	var want []partnership.Match
	for i := range posts {
		p := &posts[i]
		ids[i] = p.ID
		x.alignPost(p, offered)
		company, err := x.companyOf(ctx, p.Company, companies)
		if err != nil {
			return fmt.Errorf("post %s: %w", p.ID, err)
		}
		if p.State != partnership.PostOpen {
			continue
		}
		for _, link := range p.Links {
			for j := range open[link.Code] {
				if m, ok := x.match(p, &company, &open[link.Code][j], link); ok {
					want = append(want, m)
				}
			}
		}
	}
	if err := x.putMatches(ctx, store.Field("post").In(ids), want); err != nil {
		return err
	}
	docs := make([]search.Document, len(posts))
	err = inParallel(len(posts), func(i int) error {
		p := &posts[i]
		p.Unsettled, p.SettleErr = false, ""
		err := x.posts.Replace(ctx, p)
		if err == nil {
			docs[i] = x.postDocument(p)
		}
		return movedIsFine(err)
	})
	if err != nil {
		return fmt.Errorf("settle posts: %w", err)
	}
	return x.putDocuments(ctx, docs)
}

// companyOf reads a company once for a batch.
func (x *Exchange) companyOf(ctx context.Context, id string, seen map[string]partnership.Company) (partnership.Company, error) {
	if c, ok := seen[id]; ok {
		return c, nil
	}
	c, err := x.companies.Get(ctx, id)
	if err != nil {
		return c, fmt.Errorf("company %s: %w", id, err)
	}
	seen[id] = c
	return c, nil
}

// putDocuments indexes those that were settled; empty ones moved meanwhile.
func (x *Exchange) putDocuments(ctx context.Context, docs []search.Document) error {
	docs = slices.DeleteFunc(docs, func(d search.Document) bool { return d.ID == "" })
	if err := x.put(ctx, docs...); err != nil {
		return fmt.Errorf("index: %w", err)
	}
	return nil
}

// errMoved stops a change to a document that is not as it was when we looked.
var errMoved = fmt.Errorf("document changed meanwhile: %w", partnership.ErrConflict)

// movedIsFine: a document that changed meanwhile is settled by the save that changed
// it, or by the job.
func movedIsFine(err error) error {
	if errors.Is(err, partnership.ErrConflict) {
		return nil
	}
	return err
}

// inParallel runs f for 0..n-1 on a few goroutines, so that their writes share a
// commit, and returns the first error.
func inParallel(n int, f func(i int) error) error {
	const workers = 16
	var wg sync.WaitGroup
	var next atomic.Int64
	errs := make([]error, workers)
	for w := range min(workers, n) {
		wg.Go(func() {
			for errs[w] == nil {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				errs[w] = f(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// settleCohorts indexes cohorts and matches them with the open posts that lead to their major.
func (x *Exchange) settleCohorts(ctx context.Context, cohorts []partnership.Cohort) error {
	ids := make([]string, len(cohorts))
	companies := map[string]partnership.Company{}
	byMajor := map[string][]partnership.Post{}
	var want []partnership.Match
	for i := range cohorts {
		c := &cohorts[i]
		ids[i] = c.ID
		if c.State != partnership.CohortOpen {
			continue
		}
		posts, ok := byMajor[c.Major]
		if !ok {
			var err error
			where := store.And(store.Field("state").Eq(string(partnership.PostOpen)), store.Field("link_majors").Has(c.Major))
			if posts, err = x.posts.All(ctx, store.Query{Where: where}); err != nil {
				return err
			}
			byMajor[c.Major] = posts
		}
		for j := range posts {
			p := &posts[j]
			company, err := x.companyOf(ctx, p.Company, companies)
			if err != nil {
				return fmt.Errorf("post %s: %w", p.ID, err)
			}
			at := slices.IndexFunc(p.Links, func(l partnership.MajorLink) bool { return l.Code == c.Major })
			if at < 0 {
				continue
			}
			if m, ok := x.match(p, &company, c, p.Links[at]); ok {
				want = append(want, m)
			}
		}
	}
	if err := x.putMatches(ctx, store.Field("cohort").In(ids), want); err != nil {
		return err
	}
	docs := make([]search.Document, len(cohorts))
	err := inParallel(len(cohorts), func(i int) error {
		c := &cohorts[i]
		c.Unsettled = false
		err := x.cohorts.Replace(ctx, c)
		if err == nil {
			docs[i] = x.cohortDocument(c)
		}
		return movedIsFine(err)
	})
	if err != nil {
		return fmt.Errorf("settle cohorts: %w", err)
	}
	return x.putDocuments(ctx, docs)
}

// putMatches makes the stored matches that meet the filter equal to want.
func (x *Exchange) putMatches(ctx context.Context, where store.Filter, want []partnership.Match) error {
	old := map[string]partnership.Match{}
	for m, err := range x.matches.Find(ctx, store.Query{Where: where}) {
		if err != nil {
			return fmt.Errorf("matches: %w", err)
		}
		old[m.ID] = m
	}
	var fresh []partnership.Match
	for _, m := range want {
		was, ok := old[m.ID]
		if !ok {
			fresh = append(fresh, m)
			continue
		}
		delete(old, m.ID)
		m.Record = was.Record
		if sameMatch(was, m) {
			continue
		}
		if err := x.matches.Replace(ctx, &m); err != nil {
			return fmt.Errorf("match %s: %w", m.ID, err)
		}
	}
	for id := range old {
		if err := x.matches.Purge(ctx, id); err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return fmt.Errorf("match %s: %w", id, err)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	if err := x.matches.InsertMany(ctx, fresh); err != nil {
		return fmt.Errorf("new matches: %w", err)
	}
	return nil
}

func sameMatch(a, b partnership.Match) bool {
	return a.Score == b.Score && a.Version == b.Version && a.PostTitle == b.PostTitle && a.CohortName == b.CohortName &&
		a.Slots == b.Slots && a.Size == b.Size && a.PayFen == b.PayFen && a.Closes == b.Closes && slices.Equal(a.Reasons, b.Reasons)
}

// offeredMajors is every major a school of the district teaches, by code.
func (x *Exchange) offeredMajors(ctx context.Context) (map[string]string, error) {
	schools, err := x.Schools(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, s := range schools {
		for _, m := range s.Majors {
			out[m.Code] = m.Name
		}
	}
	return out, nil
}

func (x *Exchange) openCohorts(ctx context.Context) (map[string][]partnership.Cohort, error) {
	out := map[string][]partnership.Cohort{}
	for c, err := range x.cohorts.Find(ctx, store.Query{Where: store.Field("state").Eq(string(partnership.CohortOpen))}) {
		if err != nil {
			return nil, fmt.Errorf("open cohorts: %w", err)
		}
		out[c.Major] = append(out[c.Major], c)
	}
	return out, nil
}
