package assign

import (
	"runtime"
	"sync"
)

// spread runs f over n items in equal runs, one a worker. What f does to an item
// must not depend on the run it is in: that is what keeps results the same
// whatever the number of workers.
func spread(workers, n int, f func(from, to int)) {
	workers = max(1, min(workers, n/1024))
	if workers == 1 {
		f(0, n)
		return
	}
	var wg sync.WaitGroup
	for k := range workers {
		wg.Go(func() { f(n*k/workers, n*(k+1)/workers) })
	}
	wg.Wait()
}

// inParallel runs f for 0..n-1 at once.
func inParallel(n int, f func(k int)) {
	var wg sync.WaitGroup
	for k := 1; k < n; k++ {
		wg.Go(func() { f(k) })
	}
	f(0)
	wg.Wait()
}

func cores(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}
