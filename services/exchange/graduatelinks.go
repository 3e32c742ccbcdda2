package exchange

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"time"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// A graduate has no account: the school hands out a link, which shows what is recorded and
// nothing more of the person, and takes one answer.

// graduateLinkLife is how long such a link works.
const graduateLinkLife = 30 * 24 * time.Hour

var errNoGraduateLink = partnership.Refuse(partnership.ErrNotFound, "这个链接无效、已被新的链接代替，或过了有效期。请向学校再要一个")

func linkID(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// LinkGraduate makes the link by which the graduate of an outcome answers, and returns its
// token, which is kept nowhere. A link made before no longer works.
func (x *Exchange) LinkGraduate(ctx context.Context, actor partnership.Actor, id string) (string, partnership.OutcomeLink, error) {
	o, err := x.knownGraduate(ctx, actor, id)
	if err != nil {
		return "", partnership.OutcomeLink{}, err
	}
	if actor.Role != partnership.RoleSchool {
		return "", partnership.OutcomeLink{}, partnership.Refuse(partnership.ErrForbidden, "确认链接由学校发给毕业生")
	}
	return x.linkGraduate(ctx, actor, &o)
}

func (x *Exchange) linkGraduate(ctx context.Context, actor partnership.Actor, o *partnership.Outcome) (string, partnership.OutcomeLink, error) {
	if err := x.dropLinks(ctx, o.ID); err != nil {
		return "", partnership.OutcomeLink{}, err
	}
	token := rand.Text()
	l := partnership.OutcomeLink{Outcome: o.ID, School: o.School, By: actor.Account, Expires: partnership.At(x.now().Add(graduateLinkLife))}
	l.ID = linkID(token)
	if err := x.links.Insert(ctx, &l); err != nil {
		return "", l, fmt.Errorf("link of a graduate: %w", err)
	}
	return token, l, nil
}

// dropLinks takes back the links of an outcome.
func (x *Exchange) dropLinks(ctx context.Context, outcome string) error {
	old, err := x.links.All(ctx, store.Query{Where: store.Field("outcome").Eq(outcome)})
	if err != nil {
		return err
	}
	for i := range old {
		if err := x.links.Purge(ctx, old[i].ID); err != nil && !errors.Is(err, partnership.ErrNotFound) {
			return err
		}
	}
	return nil
}

// FieldLinks is what the log of reveals writes for a list of links that was handed out.
const FieldLinks = "graduate_links"

// GraduateLinked is one line of a list of links.
type GraduateLinked struct {
	GraduateRow
	Token   string
	Expires partnership.Stamp
}

// LinkGraduates makes links for all outcomes of a list that their graduates have not
// answered, for a file to hand out. It asks for a reason and is logged before the first.
func (x *Exchange) LinkGraduates(ctx context.Context, actor partnership.Actor, q GraduateQuery, reason string) (iter.Seq2[GraduateLinked, error], error) {
	if actor.Role != partnership.RoleSchool {
		return nil, partnership.Refuse(partnership.ErrForbidden, "确认链接由学校发给毕业生")
	}
	where, err := x.graduateFilter(ctx, actor, &q)
	if err != nil {
		return nil, err
	}
	where = store.And(where, store.Not(store.Field("by_graduate.at").Gt(0)), store.Field("student").Gt(""))
	n, err := x.outcomes.Count(ctx, where)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, partnership.Refuse(partnership.ErrConflict, "这些毕业生都已答复，不用再发链接")
	}
	if err := x.logReveal(ctx, partnership.Reveal{Account: actor.Account, Role: actor.Role, Party: actor.Party, School: actor.Party, Field: FieldLinks, Count: int(n), Reason: reason}); err != nil {
		return nil, err
	}
	return func(yield func(GraduateLinked, error) bool) {
		for after := ""; ; {
			page, next, err := x.outcomes.Page(ctx, store.Query{Where: where, Sort: []store.Sort{store.Asc("student")}, After: after, Limit: runLength})
			if err != nil {
				yield(GraduateLinked{}, err)
				return
			}
			rows, err := x.graduateRows(ctx, actor, page)
			if err != nil {
				yield(GraduateLinked{}, err)
				return
			}
			for i := range rows {
				token, l, err := x.linkGraduate(ctx, actor, &page[i])
				if !yield(GraduateLinked{rows[i], token, l.Expires}, err) || err != nil {
					return
				}
			}
			if after = next; after == "" {
				return
			}
		}
	}, nil
}

// LinkView is what a graduate's link shows: what is recorded, and no name or number.
type LinkView struct {
	School, Major, Employer string
	Year                    int
	Direction               partnership.Direction
	Expires                 partnership.Stamp
	Answer                  *partnership.OutcomeAnswer // the graduate's, if given
	Final                   bool                       // the district has ruled
	Open                    bool                       // the link takes an answer
}

func (x *Exchange) byLink(ctx context.Context, token string) (partnership.OutcomeLink, partnership.Outcome, error) {
	var none partnership.Outcome
	l, err := x.links.Get(ctx, linkID(token))
	if err != nil {
		return l, none, known(err, errNoGraduateLink)
	}
	if !x.now().Before(l.Expires.Time()) {
		return l, none, errNoGraduateLink
	}
	o, err := x.outcomes.Get(ctx, l.Outcome)
	if err != nil {
		return l, none, known(err, errNoGraduateLink)
	}
	return l, o, nil
}

// ByLink opens a graduate's link; ErrNotFound for any other token.
func (x *Exchange) ByLink(ctx context.Context, token string) (LinkView, error) {
	l, o, err := x.byLink(ctx, token)
	if err != nil {
		return LinkView{}, err
	}
	s, err := x.schools.Get(ctx, o.School)
	if err != nil {
		return LinkView{}, known(err, errNoGraduateLink)
	}
	return LinkView{School: s.Name, Major: o.MajorName, Employer: o.Employer, Year: o.Year, Direction: o.Direction, Expires: l.Expires, Answer: o.ByGraduate, Final: o.Final, Open: l.Used == 0}, nil
}

// AnswerByLink takes the graduate's word. A link takes one; a refused one leaves it open.
func (x *Exchange) AnswerByLink(ctx context.Context, token string, agrees bool, claim partnership.Direction, why string) error {
	l, _, err := x.byLink(ctx, token)
	if err != nil {
		return err
	}
	used := partnership.Refuse(partnership.ErrConflict, "这个链接已经答复过。要更改，请向学校再要一个链接")
	_, err = x.links.Update(ctx, l.ID, store.Field("used").Eq(0), store.Set("used", x.stamp()))
	if errors.Is(err, partnership.ErrConflict) {
		return used
	}
	if err != nil {
		return known(err, errNoGraduateLink)
	}
	_, err = x.amendOutcome(ctx, l.Outcome, func(o *partnership.Outcome) error {
		return o.Say(partnership.AnswerGraduate, partnership.OutcomeAnswer{Agrees: agrees, By: "link", Why: why, Claim: claim}, x.stamp())
	})
	if err != nil {
		if _, back := x.links.Update(ctx, l.ID, store.Field("used").Gt(0), store.Set("used", 0)); back != nil {
			return errors.Join(err, fmt.Errorf("give the link back: %w", back))
		}
	}
	return err
}
