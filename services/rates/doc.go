// Package rates turns outcomes into the figures a district publishes (就业率、升学率、
// 对口率 …). Every figure is a Definition held as data (Definitions), every percent is
// computed in whole numbers (Percent), and one pass over the outcomes (Rollup) gives all
// rates in all scopes with memory only for the groups. It also hides small groups so
// that nothing can be subtracted back (Protect), freezes a day's figures (Snapshot), and
// fills the tables of the annual quality report (Tables).
//
// The package is pure: no I/O, no clock, no randomness. The sub-package audit reads
// tables that somebody else published and says which of their numbers do not add up.
package rates
