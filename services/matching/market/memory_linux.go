package market

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// advise asks for huge pages under a fresh slice. Solvers jump about in arrays
// of hundreds of megabytes; with 4 kB pages every jump also misses the TLB, and
// the kernel's default gives huge pages only to those who ask. A refusal costs
// nothing but speed.
func advise(p unsafe.Pointer, size uintptr) {
	const page = 4096
	from := (uintptr(p) + page - 1) &^ (page - 1)
	skip := from - uintptr(p)
	if size < skip+page {
		return
	}
	n := (size - skip) &^ (page - 1)
	_ = unix.Madvise(unsafe.Slice((*byte)(unsafe.Add(p, skip)), n), unix.MADV_HUGEPAGE)
}
