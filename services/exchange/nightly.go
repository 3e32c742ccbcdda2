package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sunmao/services/partnership"
	"sunmao/services/regulation"
	"sunmao/services/store"
)

// RecheckRules checks every post that is offered or asked for, and every placement that is
// agreed or on post, against the rules once more: rules begin and end on a day, and what
// other schools confirm changes a company's ratios. A post keeps what was found, for its
// page; it stays open, for a person to decide. It says in words what is new.
func (x *Exchange) RecheckRules(ctx context.Context) (string, error) {
	posts, worse, better, err := x.recheckPosts(ctx)
	if err != nil {
		return "", err
	}
	placed, broken, err := x.recheckPlacements(ctx)
	if err != nil {
		return "", err
	}
	if worse+better+broken == 0 {
		return "", nil
	}
	return fmt.Sprintf("复核 %d 个岗位、%d 人安置：岗位新增不符 %d 条、已解决 %d 条；%d 人的安置缺材料或不符合规定", posts, placed, worse, better, broken), nil
}

// brokenRules are the rules that a post breaks, leaving warnings aside.
func brokenRules(findings []partnership.Finding) []string {
	var out []string
	for _, f := range findings {
		if f.Severity != string(regulation.Warning) {
			out = append(out, f.Rule)
		}
	}
	return out
}

func (x *Exchange) recheckPosts(ctx context.Context) (checked, worse, better int, err error) {
	where := store.Field("state").In(string(partnership.PostSubmitted), string(partnership.PostOpen), string(partnership.PostFull))
	for p, err := range x.posts.Find(ctx, store.Query{Where: where}) {
		if err != nil {
			return checked, worse, better, fmt.Errorf("posts to check again: %w", err)
		}
		checked++
		now, err := x.postFindings(ctx, &p)
		if err != nil {
			return checked, worse, better, err
		}
		if slices.Equal(now, p.Findings) {
			continue
		}
		was, is := brokenRules(p.Findings), brokenRules(now)
		_, err = x.posts.Edit(store.Derived(ctx), p.ID, func(p *partnership.Post) (err error) {
			p.Findings, err = x.postFindings(ctx, p)
			return err
		})
		if errors.Is(err, partnership.ErrNotFound) {
			continue
		}
		if err != nil {
			return checked, worse, better, fmt.Errorf("findings of post %s: %w", p.ID, err)
		}
		for _, rule := range is {
			if !slices.Contains(was, rule) {
				worse++
			}
		}
		for _, rule := range was {
			if !slices.Contains(is, rule) {
				better++
			}
		}
	}
	return checked, worse, better, nil
}

func (x *Exchange) recheckPlacements(ctx context.Context) (checked, broken int, err error) {
	where := store.Field("state").In(string(partnership.PlacementAgreed), string(partnership.PlacementOnPost))
	for p, err := range x.placements.Find(ctx, store.Query{Where: where}) {
		if err != nil {
			return checked, broken, fmt.Errorf("placements to check again: %w", err)
		}
		checked++
		found, err := x.placementFindings(ctx, &p, false)
		if err != nil {
			return checked, broken, err
		}
		if len(found.standing) > 0 {
			broken++
		}
	}
	return checked, broken, nil
}
