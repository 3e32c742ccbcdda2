// Package web is the face: pages for schools, companies, the district and the
// operator, and the JSON API under /api/v1. It turns requests into calls of the use
// cases and their answers into words; it decides nothing about the trade itself.
//
// One table (routes.go) names every route with the roles that may use it, one table
// (errors.go) maps kinds of error to a status and a sentence that is safe to show.
// Each page is a struct already in the words it shows, rendered by one template into
// a buffer, so that a fault never leaves half a page.
package web
