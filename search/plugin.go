package search

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/bleve/v2/index/scorch"
	index "github.com/blevesearch/bleve_index_api"
	segment "github.com/blevesearch/scorch_segment_api/v2"
	zap "github.com/blevesearch/zapx/v17"
)

// pluginType names our segments in bleve's table of contents. Their files are zap's.
const pluginType = "sunmao"

func init() { scorch.RegisterSegmentPlugin(&plugin{}, false) }

// plugin makes segments with builder, opens and merges them with zap, and carries their columns along.
type plugin struct {
	zap.ZapPlugin
	columns sync.Map // path of a file just written -> *columns, until it is opened
}

// Type and Version name the plugin.
func (*plugin) Type() string { return pluginType }

// Version is zap's.
func (*plugin) Version() uint32 { return zap.Version }

// entry hands a Document through bleve, which looks at nothing but its ID, to builder. With a segment,
// it stands for all the documents in that.
type entry struct {
	doc      *Document
	analyser *analyser
	segment  *fresh
}

func (e *entry) ID() string                                 { return e.doc.ID }
func (e *entry) Size() int                                  { return len(e.doc.Title) + len(e.doc.Text) }
func (e *entry) VisitComposite(index.CompositeFieldVisitor) {}
func (e *entry) HasComposite() bool                         { return false }
func (e *entry) NumPlainTextBytes() uint64                  { return uint64(e.Size()) }
func (e *entry) StoredFieldsBytes() uint64                  { return 0 }
func (e *entry) Indexed() bool                              { return true }
func (e *entry) AddIDField()                                {}
func (e *entry) VisitFields(index.FieldVisitor)             {}

// fresh is a segment not yet in the index's files: in memory, or in a file of its own.
type fresh struct {
	segment.Segment
	cols   *columns
	file   string
	plugin *plugin
}

// Persist puts the segment into the index's files.
func (f *fresh) Persist(path string) error {
	f.plugin.columns.Store(path, f.cols)
	if f.file != "" {
		return os.Rename(f.file, path)
	}
	in, ok := f.Segment.(segment.UnpersistedSegment)
	if !ok {
		return fmt.Errorf("segment is a %T", f.Segment)
	}
	return in.Persist(path)
}

// kept is a segment in the index's files.
type kept struct {
	*zap.Segment
	cols *columns
}

// columnsOf returns the columns of one of our segments.
func columnsOf(s segment.Segment) *columns {
	switch s := s.(type) {
	case *fresh:
		return s.cols
	case *kept:
		return s.cols
	}
	return nil
}

// NewUsing builds a segment of documents in memory.
func (p *plugin) NewUsing(docs []index.Document, _ map[string]any) (segment.Segment, uint64, error) {
	var b *builder
	var written bytes.Buffer
	for _, d := range docs {
		e, ok := d.(*entry)
		if !ok {
			return nil, 0, fmt.Errorf("build segment: document is a %T", d)
		}
		if e.segment != nil {
			e.segment.plugin = p
			return e.segment, 0, nil
		}
		if b == nil {
			b = newBuilder(e.analyser, &written)
		}
		if err := b.add(e.doc); err != nil {
			return nil, 0, fmt.Errorf("build segment: %w", err)
		}
	}
	f, err := b.seal(&written)
	if err != nil {
		return nil, 0, fmt.Errorf("build segment: %w", err)
	}
	f.plugin = p
	return f, uint64(written.Len()), nil
}

// OpenUsing opens a segment's file.
func (p *plugin) OpenUsing(path string, config map[string]any) (segment.Segment, error) {
	s, err := p.ZapPlugin.OpenUsing(path, config)
	if err != nil {
		return nil, err
	}
	z, ok := s.(*zap.Segment)
	if !ok {
		return nil, fmt.Errorf("open segment %s: zap made a %T", path, s)
	}
	k := &kept{Segment: z}
	if known, ok := p.columns.LoadAndDelete(path); ok {
		k.cols, _ = known.(*columns)
	}
	if k.cols == nil || k.cols.n != int(z.Count()) {
		if k.cols, err = readColumns(z); err != nil {
			return nil, fmt.Errorf("open segment %s: %w", path, err)
		}
	}
	return k, nil
}

// MergeUsing merges segments into a new file, and their columns.
func (p *plugin) MergeUsing(segments []segment.Segment, drops []*roaring.Bitmap, path string, closed chan struct{},
	report segment.StatsReporter, config map[string]any) ([][]uint64, uint64, error) {
	inner := make([]segment.Segment, len(segments))
	for i, s := range segments {
		switch s := s.(type) {
		case *fresh:
			inner[i] = s.Segment
		case *kept:
			inner[i] = s.Segment
		}
	}
	numbers, size, err := p.ZapPlugin.MergeUsing(inner, drops, path, closed, report, config)
	if err != nil {
		return nil, 0, err
	}
	merged := newColumns(0)
	for i, s := range segments {
		merged.append(columnsOf(s), func(doc int) bool { return numbers[i][doc] != math.MaxUint64 })
	}
	p.columns.Store(path, merged.sealed())
	return numbers, size, nil
}
