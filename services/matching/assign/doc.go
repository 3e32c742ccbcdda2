// Package assign places students so that the total fit is the largest possible
// (统筹分配, mode A), exactly, and proves it: Solve returns the assignment with the
// price of every quota, Verify proves from the market and these prices alone that
// no assignment can be better.
package assign
