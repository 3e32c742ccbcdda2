// Package assign places students so that the total fit is the largest possible
// (统筹分配, mode A), exactly, and proves it: Solve returns the assignment with the
// price of every quota, Verify proves from the market and these prices alone that
// no assignment can be better.
//
// # The problem
//
// Agents (students, or cohorts of identical students) are joined to posts by
// edges with a score. Quotas form a tree on each side: agent below school, post
// below company below group. An assignment is a flow
//
//	ground -> school -> agent -> post -> company -> group -> ground
//
// and because the quotas of a side are nested, not crossing, every optimal flow
// can be taken in whole students (a laminar family on each side is a network;
// Edmonds 1970). What comes first is a lexicographic order: by default fit, then
// number placed; or the other way round; and each priority class (green channel)
// before the next. One integer weight per edge, w = score*Mul + Add, stands for
// the whole order: two assignments differ by cycles that pass the ground once,
// so a single student more or less placed on a cycle is worth less than one point
// of fit when Mul is 2 and Add 1, and more than all fit that a cycle can move when
// Add exceeds it. NewWeights derives the factors, or refuses if they outgrow 62 bits.
//
// # The proof
//
// A price p >= 0 for each quota makes P(post) = sum of p from the post up, and
// V(agent) likewise. If
//
//	V(a) + P(j) >= w(a,j)   for every edge,
//	V(a) + P(j)  = w(a,j)   for every match,
//	p > 0                   only for a quota that is used up,
//
// then for any other assignment x': sum of w x' <= sum of (V+P) x' <= sum of
// p*quota = sum of w x. That is all that Verify checks, in one pass over the edges
// (complementary slackness). Prices can be published: everybody sees what a seat
// at a post is worth, and how many points were missing.
//
// # The engine
//
//  1. A forward auction (Bertsekas 1988) from zero prices. Each student without a
//     seat bids for its best post the price at which the second best is as good,
//     plus epsilon; the lowest bid under the lowest full quota of the tree loses.
//     From zero prices no seat with a price stays empty. Epsilon falls by about 16 a
//     phase to 1/16 of a unit of weight, and each phase starts 3 or 4 old epsilons
//     below the last prices with all seats empty, because a bid carries how much its
//     bidder would lose, which a kept seat would not. While many are unseated all
//     bid at once, reading prices in parallel; bids are then answered tree by tree,
//     in the order of the list of unseated. Neither depends on who computes what, so
//     the result is the same bytes on any number of cores. What a batch of bids needs
//     of main memory is fetched before it is used, because waiting for it was most of
//     the work. Bids only gather until a quota is full; who is lowest is kept from
//     then on. The six best edges of a student and a bound on the others share one
//     cache line; within a phase prices only rise, and between two they fall by the
//     margin, so the list is read again only when the bound is reached. Schools are
//     priced between auctions: at what the last
//     student they may send is worth.
//  2. Markets of cohorts, small networks with large flows, are solved by the
//     primal network simplex method with strongly feasible trees (Cunningham 1976),
//     greatest gain first; its potentials are the prices. Components that share no
//     post and no quota are solved apart, at the same time.
//  3. Prices of the auction are rounded to whole weights, values follow from them,
//     and whoever does not sit among its best leaves. What is out of balance then,
//     students without a seat and priced seats that are empty, is carried away
//     along shortest paths in the residual network (Ahuja, Magnanti, Orlin 1993,
//     9.7), moving potentials only where the search went. This part is exact by
//     itself, whatever is handed over. Candidates of a post lie on rungs, tighter
//     ones lower, so that a search reads few of them.
//
// # Changes
//
// Solver keeps the network. A change of a quota, a supply or a score puts a few
// nodes out of balance, and step 3 balances them: the optimum after the change,
// again with its prices. What bounds the searches is kept up with the prices, so
// that they stay as short after many changes as after the first. In a market of cohorts
// hundreds of students may withdraw at once. If searches take long, whoever is still to
// leave does, and step 2 goes on from the flow that is left: a tree is laid through
// it, and only what hangs below an arc that has left the tree, and the edges that this
// has made dearer or cheaper, is looked at again.
//
// # What is a search
//
// Minimums to open an order class and groups that must stay together are NP-hard.
// Given the decision which open, or where a group goes, the rest is a flow and is
// solved and proven as above, with prices below zero (subsidies) where a class is
// filled by force. The search dives, deciding the clearest class first, then tries
// single changes, each given up as soon as the dual objective shows that it cannot
// gain; its effort is counted in arcs, so that it ends the same everywhere. The
// optimum without the condition is the stated bound, with its own prices. With both,
// which classes open comes first, then where groups go among them.
package assign
