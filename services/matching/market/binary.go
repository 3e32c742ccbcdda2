package market

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"
)

// Magic opens a binary market file. The file is little endian: a 64-byte header
//
//	"MATCHG01" u32 agents, posts, companies, flags  u64 edges, students, seed, 0, 0
//
// then arrays, each padded to 8 bytes:
//
//	supply u32[agents] cohort u32[agents] cap u32[posts] company u32[posts]
//	companyCap u32[companies] off u64[agents+1]
//	post u32[edges] score i32[edges] prio u32[edges]
const Magic = "MATCHG01"

const (
	headerSize = 64
	chunk      = 1 << 18 // bytes read at a time, a multiple of 8
)

// sections are the places of the arrays in a binary file, in file order.
type sections struct {
	agents, posts, companies, edges  int64
	supply, cohort, cap, company     int64
	companyCap, off, post, score, pr int64
	end                              int64
}

func layout(agents, posts, companies, edges int64) sections {
	s := sections{agents: agents, posts: posts, companies: companies, edges: edges}
	at := int64(headerSize)
	take := func(n, width int64) int64 {
		start := at
		at += (n*width + 7) &^ 7
		return start
	}
	s.supply, s.cohort = take(agents, 4), take(agents, 4)
	s.cap, s.company = take(posts, 4), take(posts, 4)
	s.companyCap = take(companies, 4)
	s.off = take(agents+1, 8)
	s.post, s.score, s.pr = take(edges, 4), take(edges, 4), take(edges, 4)
	s.end = at
	return s
}

// ReadBinary reads a binary market of the given size in bytes. The ranks, a
// third of the file that only two-way selection needs, are skipped unless asked
// for. Nothing is allocated before the header's counts have been found to agree
// with the size, and the market returned has passed Check.
func ReadBinary(r io.ReaderAt, size int64, ranks bool) (*Market, error) {
	s, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	m := &Market{
		Supply:     make([]int32, s.agents),
		Cohort:     make([]int32, s.agents),
		PostCap:    make([]int32, s.posts),
		Company:    make([]int32, s.posts),
		CompanyCap: make([]int32, s.companies),
		Off:        Make[int64](int(s.agents) + 1),
		Edges:      Make[Edge](int(s.edges)),
	}
	for _, a := range []struct {
		at  int64
		dst []int32
	}{{s.supply, m.Supply}, {s.cohort, m.Cohort}, {s.cap, m.PostCap}, {s.company, m.Company}, {s.companyCap, m.CompanyCap}} {
		if err := readInts(r, a.at, a.dst); err != nil {
			return nil, err
		}
	}
	if err := readOffsets(r, s.off, m.Off); err != nil {
		return nil, err
	}
	if ranks {
		m.Prio = Make[uint32](int(s.edges))
	}
	if err := readEdges(r, s, m); err != nil {
		return nil, err
	}
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("二进制市场文件：%w", err)
	}
	m.sound = m
	return m, nil
}

func readHeader(r io.ReaderAt, size int64) (sections, error) {
	var none sections
	var h [headerSize]byte
	if size < headerSize {
		return none, fmt.Errorf("二进制市场文件只有 %d 字节，比文件头的 %d 字节还短", size, headerSize)
	}
	if _, err := r.ReadAt(h[:], 0); err != nil {
		return none, fmt.Errorf("二进制市场文件：读文件头：%w", err)
	}
	if string(h[:8]) != Magic {
		return none, fmt.Errorf("二进制市场文件：开头是 %q，应为 %q", h[:8], Magic)
	}
	agents, posts := binary.LittleEndian.Uint32(h[8:]), binary.LittleEndian.Uint32(h[12:])
	companies, edges := binary.LittleEndian.Uint32(h[16:]), binary.LittleEndian.Uint64(h[24:])
	if edges > uint64(size)/12 {
		return none, fmt.Errorf("二进制市场文件：文件头称有 %d 条候选对，%d 字节装不下", edges, size)
	}
	s := layout(int64(agents), int64(posts), int64(companies), int64(edges)) //nolint:gosec // bounded by the size of the file
	if s.end != size {
		return none, fmt.Errorf("二进制市场文件：文件头(%d 名学生、%d 个岗位、%d 家企业、%d 条候选对)需要 %d 字节，文件有 %d 字节",
			agents, posts, companies, edges, s.end, size)
	}
	return s, nil
}

// stream calls f on successive chunks of n bytes at off.
func stream(r io.ReaderAt, off, n int64, f func(b []byte, at int64)) error {
	buf := make([]byte, min(chunk, n))
	for at := int64(0); at < n; {
		b := buf[:min(chunk, n-at)]
		if k, err := r.ReadAt(b, off+at); k < len(b) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("二进制市场文件：读第 %d 字节处：%w", off+at, err)
		}
		f(b, at)
		at += int64(len(b))
	}
	return nil
}

// readInts reads unsigned 32-bit numbers; those above 2^31-1 become negative
// and are refused by Check.
func readInts(r io.ReaderAt, off int64, dst []int32) error {
	return stream(r, off, 4*int64(len(dst)), func(b []byte, at int64) {
		d := dst[at/4:]
		for k := 0; k+4 <= len(b); k += 4 {
			d[k/4] = int32(binary.LittleEndian.Uint32(b[k:])) //nolint:gosec // the sign is checked later
		}
	})
}

func readOffsets(r io.ReaderAt, off int64, dst []int64) error {
	return stream(r, off, 8*int64(len(dst)), func(b []byte, at int64) {
		d := dst[at/8:]
		for k := 0; k+8 <= len(b); k += 8 {
			x := binary.LittleEndian.Uint64(b[k:])
			d[k/8] = int64(min(x, math.MaxInt64)) //nolint:gosec // clamped
		}
	})
}

// readEdges interleaves the edge arrays, the halves of the file at once: the
// reading is a copy out of the page cache and so bound by one core otherwise.
func readEdges(r io.ReaderAt, s sections, m *Market) error {
	half := s.edges / 2 &^ 1
	spans := [][2]int64{{0, half}, {half, s.edges}}
	errs := make([]error, len(spans))
	var wg sync.WaitGroup
	for k, sp := range spans {
		wg.Go(func() { errs[k] = readSpan(r, s, m, sp[0], sp[1]) })
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func readSpan(r io.ReaderAt, s sections, m *Market, from, to int64) error {
	n := 4 * (to - from)
	edges := m.Edges[from:to]
	err := stream(r, s.post+4*from, n, func(b []byte, at int64) {
		d := edges[at/4:]
		for k := 0; k+4 <= len(b); k += 4 {
			d[k/4].Post = int32(binary.LittleEndian.Uint32(b[k:])) //nolint:gosec // the range is checked later
		}
	})
	if err != nil {
		return err
	}
	err = stream(r, s.score+4*from, n, func(b []byte, at int64) {
		d := edges[at/4:]
		for k := 0; k+4 <= len(b); k += 4 {
			d[k/4].Score = int32(binary.LittleEndian.Uint32(b[k:])) //nolint:gosec // signed in the file
		}
	})
	if err != nil || m.Prio == nil {
		return err
	}
	prio := m.Prio[from:to]
	return stream(r, s.pr+4*from, n, func(b []byte, at int64) {
		d := prio[at/4:]
		for k := 0; k+4 <= len(b); k += 4 {
			d[k/4] = binary.LittleEndian.Uint32(b[k:])
		}
	})
}

// WriteBinary writes the market in the form ReadBinary reads; seed is kept in
// the header as a remark. Quotas and locks beyond post and company have no place
// in the format: a market that has them is refused.
func (m *Market) WriteBinary(w io.Writer, seed uint64) error {
	if m.Group != nil || m.School != nil || m.Class != nil || m.Fixed != nil || m.Forbidden != nil || m.MinBatch != nil || m.Together != nil {
		return fmt.Errorf("二进制格式只装得下岗位和企业；集团、学校、优先级、锁定、起开人数和同去小组请用其他方式保存")
	}
	b := make([]byte, 0, chunk+64)
	b = append(b, Magic...)
	le := binary.LittleEndian
	for _, n := range []int{len(m.Supply), len(m.PostCap), len(m.CompanyCap), 0} {
		b = le.AppendUint32(b, uint32(n)) //nolint:gosec // Check bounds the nodes
	}
	for _, n := range []uint64{uint64(len(m.Edges)), uint64(m.Students()), seed, 0, 0} { //nolint:gosec // not negative
		b = le.AppendUint64(b, n)
	}
	var err error
	ints := func(n int, at func(int) uint32) {
		for k := range n {
			b = le.AppendUint32(b, at(k))
			if len(b) >= chunk && err == nil {
				_, err = w.Write(b)
				b = b[:0]
			}
		}
		if n%2 == 1 {
			b = le.AppendUint32(b, 0)
		}
	}
	of := func(v []int32) func(int) uint32 {
		return func(k int) uint32 { return uint32(v[k]) } //nolint:gosec // two's complement is the format
	}
	cohort := of(m.Cohort)
	if m.Cohort == nil {
		cohort = func(int) uint32 { return 0 }
	}
	ints(len(m.Supply), of(m.Supply))
	ints(len(m.Supply), cohort)
	ints(len(m.PostCap), of(m.PostCap))
	ints(len(m.Company), of(m.Company))
	ints(len(m.CompanyCap), of(m.CompanyCap))
	ints(2*len(m.Off), func(k int) uint32 { return uint32(m.Off[k/2] >> (k % 2 * 32)) }) //nolint:gosec // low and high half
	ints(len(m.Edges), func(k int) uint32 { return uint32(m.Edges[k].Post) })            //nolint:gosec // not negative
	ints(len(m.Edges), func(k int) uint32 { return uint32(m.Edges[k].Score) })           //nolint:gosec // two's complement
	prio := func(k int) uint32 { return m.Prio[k] }
	if m.Prio == nil {
		prio = func(int) uint32 { return 0 }
	}
	ints(len(m.Edges), prio)
	if err == nil {
		_, err = w.Write(b)
	}
	if err != nil {
		return fmt.Errorf("二进制市场文件：写入：%w", err)
	}
	return nil
}
