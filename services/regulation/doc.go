// Package regulation holds the rules of internships (职业学校学生实习管理规定) as dated
// data and checks facts against them: a post, a company, a cohort, an agreement, a
// placement. Each finding names the rule, its article, the value, the limit and
// what would make it pass.
//
// The rules are rows of data/national.json: article, document, region, days of
// validity, severity, fields read, parameters, the sentence for the user and the
// fix. A row names one of the checks of this package; a province or district adds
// stricter rows by a file of the same shape (Set.With), without a release.
//
// Article numbers are marked as verified only where the official text was seen;
// the others were set down from memory and their texts are to be compared before
// anyone relies on them. Nothing here is legal advice.
//
// The package is pure: no I/O, no clock. Days are written 2006-01-02.
package regulation
