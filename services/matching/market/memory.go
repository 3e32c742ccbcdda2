package market

import "unsafe"

// hugeFrom is the size in bytes from which huge pages are asked for.
const hugeFrom = 2 << 20

// Make is make([]T, n) on huge pages where the system has them and the slice is
// large. T must hold no pointers.
func Make[T any](n int) []T {
	s := make([]T, n)
	if size := uintptr(n) * unsafe.Sizeof(*new(T)); size >= hugeFrom {
		advise(unsafe.Pointer(unsafe.SliceData(s)), size) //nolint:gosec // advice about pages, the memory stays Go's
	}
	return s
}
