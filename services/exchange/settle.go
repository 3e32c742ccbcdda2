package exchange

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	ids, majors := make([]string, len(posts)), map[string]bool{}
	for i := range posts {
		p := &posts[i]
		ids[i] = p.ID
		x.alignPost(p, offered)
		for _, l := range p.Links {
			majors[l.Code] = majors[l.Code] || p.State == partnership.PostOpen
		}
	}
	open, err := x.openCohorts(ctx, majors)
	if err != nil {
		return err
	}
	companies, ready := employers{x, map[string]*employer{}}, benches(open)
	var want []partnership.Match
	for i := range posts {
		p := &posts[i]
		company, err := companies.of(ctx, p.Company)
		if err != nil {
			return fmt.Errorf("post %s: %w", p.ID, err)
		}
		if p.State == partnership.PostOpen {
			want = append(want, bestFor(p, company, ready)...)
		}
	}
	if _, err := x.putMatches(ctx, store.Field("post").In(ids), want); err != nil {
		return err
	}
	docs := make([]search.Document, len(posts))
	err = inParallel(len(posts), func(i int) error {
		p := &posts[i]
		p.Unsettled, p.SettleErr = false, ""
		err := x.posts.Replace(store.Derived(ctx), p)
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
	companies := employers{x, map[string]*employer{}}
	byMajor := map[string][]*partnership.Cohort{}
	for i := range cohorts {
		ids[i] = cohorts[i].ID
		if cohorts[i].State == partnership.CohortOpen {
			byMajor[cohorts[i].Major] = append(byMajor[cohorts[i].Major], &cohorts[i])
		}
	}
	var want []partnership.Match
	for _, major := range slices.Sorted(maps.Keys(byMajor)) {
		open := map[string][]partnership.Cohort{}
		for _, c := range byMajor[major] {
			open[major] = append(open[major], *c)
		}
		ready := benches(open)
		where := store.And(store.Field("state").Eq(string(partnership.PostOpen)), store.Field("link_majors").Has(major))
		for p, err := range x.posts.Find(ctx, store.Query{Where: where}) {
			if err != nil {
				return fmt.Errorf("posts for major %s: %w", major, err)
			}
			company, err := companies.of(ctx, p.Company)
			if err != nil {
				return fmt.Errorf("post %s: %w", p.ID, err)
			}
			want = append(want, bestFor(&p, company, ready)...)
		}
	}
	gone, err := x.putMatches(ctx, store.Field("cohort").In(ids), want)
	if err != nil {
		return err
	}
	if err := x.trimMatches(ctx, want, gone); err != nil {
		return err
	}
	docs := make([]search.Document, len(cohorts))
	err = inParallel(len(cohorts), func(i int) error {
		c := &cohorts[i]
		c.Unsettled = false
		err := x.cohorts.Replace(store.Derived(ctx), c)
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

// trimMatches keeps the best matches of each post that cohorts were added to, and has
// a post settled again where a cohort went that others may have been dropped for.
func (x *Exchange) trimMatches(ctx context.Context, added []partnership.Match, gone map[string]int) error {
	touched := map[string]bool{}
	for i := range added {
		touched[added[i].Post] = true
	}
	for post := range gone {
		touched[post] = true
	}
	for part := range slices.Chunk(slices.Sorted(maps.Keys(touched)), settleBatch) {
		rows, err := x.matches.Group(ctx, store.Field("post").In(part), []string{"post"})
		if err != nil {
			return fmt.Errorf("count matches: %w", err)
		}
		for _, r := range rows {
			post, n := r.Text(0), int(r.Count)
			switch {
			case n > matchesKept:
				err = x.dropWorst(ctx, post)
			case n < matchesKept && n+gone[post] >= matchesKept:
				_, err = x.posts.Edit(store.Derived(ctx), post, func(p *partnership.Post) error { p.Unsettled = true; return nil })
				err = movedIsFine(err)
			}
			if err != nil {
				return fmt.Errorf("matches of post %s: %w", post, err)
			}
		}
	}
	return nil
}

// dropWorst removes the matches of a post beyond the best matchesKept.
func (x *Exchange) dropWorst(ctx context.Context, post string) error {
	all, err := x.matches.All(ctx, store.Query{Where: store.Field("post").Eq(post)})
	if err != nil {
		return err
	}
	slices.SortFunc(all, byMerit)
	for i := range all[min(len(all), matchesKept):] {
		if err := x.matches.Purge(ctx, all[matchesKept+i].ID); err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return err
		}
	}
	return nil
}

// putMatches makes the stored matches that meet the filter equal to want, and returns
// how many each post lost.
func (x *Exchange) putMatches(ctx context.Context, where store.Filter, want []partnership.Match) (map[string]int, error) {
	old, gone := map[string]partnership.Match{}, map[string]int{}
	for m, err := range x.matches.Find(ctx, store.Query{Where: where}) {
		if err != nil {
			return nil, fmt.Errorf("matches: %w", err)
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
			return nil, fmt.Errorf("match %s: %w", m.ID, err)
		}
	}
	for id, m := range old {
		if err := x.matches.Purge(ctx, id); err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return nil, fmt.Errorf("match %s: %w", id, err)
		}
		gone[m.Post]++
	}
	if len(fresh) == 0 {
		return gone, nil
	}
	if err := x.matches.InsertMany(ctx, fresh); err != nil {
		return nil, fmt.Errorf("new matches: %w", err)
	}
	return gone, nil
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

// openCohorts are the open cohorts of the majors that are marked, by major.
func (x *Exchange) openCohorts(ctx context.Context, majors map[string]bool) (map[string][]partnership.Cohort, error) {
	var codes []string
	for code, wanted := range majors {
		if wanted {
			codes = append(codes, code)
		}
	}
	out := map[string][]partnership.Cohort{}
	if len(codes) == 0 {
		return out, nil
	}
	slices.Sort(codes)
	where := store.And(store.Field("state").Eq(string(partnership.CohortOpen)), store.Field("major").In(codes))
	for c, err := range x.cohorts.Find(ctx, store.Query{Where: where}) {
		if err != nil {
			return nil, fmt.Errorf("open cohorts: %w", err)
		}
		out[c.Major] = append(out[c.Major], c)
	}
	return out, nil
}
