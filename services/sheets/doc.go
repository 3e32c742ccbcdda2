// Package sheets is the only place where the platform meets tables that people
// keep in Excel and CSV (表格的进与出). It reads them in two ways: Grids returns
// whole small tables as they look on the page, for the audit of published
// reports; Open and Import stream rows of any number, so that a roster of
// 100,000 students is never held in memory. It writes templates with drop-down
// lists, list exports, error workbooks and report tables.
//
// What may stand in a table is data, not code: a Kind lists its columns, their
// spellings, types and limits, and the rules between columns. Every bad cell
// becomes a Problem that names file, line, column, what is wrong and what is
// allowed. Catalogue look-ups are handed in as functions (Lookups), so this
// package knows the shape of a code and the catalogue knows which codes exist.
//
// Nothing here trusts a file: sizes, rows, columns, cell lengths and unzip ratios
// are bounded (see limits.go), formulas, merged cells and macros are refused by
// name, and text that a spreadsheet would run as a formula is neutralised on the
// way out (OWASP "CSV injection").
package sheets
