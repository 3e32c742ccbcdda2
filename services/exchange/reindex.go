package exchange

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"sunmao/search"
	"sunmao/services/catalogue"
	"sunmao/services/store"
)

// documents yields everything that can be found, from the store and the catalogue, or
// what there is of some kinds.
func (x *Exchange) documents(ctx context.Context, kinds ...string) iter.Seq2[search.Document, error] {
	some := func(kind string, each func() bool) bool {
		return len(kinds) > 0 && !slices.Contains(kinds, kind) || each()
	}
	return func(yield func(search.Document, error) bool) {
		_ = some(KindMajor, func() bool { return x.majorDocuments(ctx, yield) }) &&
			some(KindPost, func() bool { return each(ctx, x.posts, x.postDocument, yield) }) &&
			some(KindCohort, func() bool { return each(ctx, x.cohorts, x.cohortDocument, yield) }) &&
			some(KindCompany, func() bool { return each(ctx, x.companies, x.companyDocument, yield) }) &&
			some(KindBase, func() bool { return each(ctx, x.bases, x.baseDocument, yield) }) &&
			some(KindClass, func() bool { return each(ctx, x.classes, x.classDocument, yield) })
	}
}

// majorDocuments yields the majors of the catalogue's secondary level, and those taught here.
func (x *Exchange) majorDocuments(ctx context.Context, yield func(search.Document, error) bool) bool {
	offered, err := x.offeredMajors(ctx)
	if err != nil {
		return yield(search.Document{}, err) && false
	}
	for _, m := range x.cat().Majors() {
		if _, ok := offered[m.Code]; ok || m.Level == catalogue.Secondary {
			if !yield(x.majorDocument(&m), nil) {
				return false
			}
		}
	}
	return true
}

// each yields a collection as search documents and reports whether to go on.
func each[T any](ctx context.Context, c *store.Coll[T], doc func(*T) search.Document, yield func(search.Document, error) bool) bool {
	for t, err := range c.Find(ctx, store.Query{}) {
		if err != nil {
			return yield(search.Document{}, err) && false
		}
		if !yield(doc(&t), nil) {
			return false
		}
	}
	return true
}

// Reindex builds the search index anew from the store, beside the old one, and swaps. A new index
// that fails the relevance script is dropped (search.Refused) and the old one goes on serving.
func (x *Exchange) Reindex(ctx context.Context) error {
	if err := x.index.Rebuild(ctx, x.documents(ctx), ""); err != nil {
		var refused *search.Refused
		if errors.As(err, &refused) {
			x.log.ErrorContext(ctx, "the rebuilt search index fails its relevance script, the old one goes on serving", "failed", refused.Failed)
		}
		return fmt.Errorf("rebuild index: %w", err)
	}
	return nil
}

// NeedsReindex reports whether the index was lost, damaged or of another version.
func (x *Exchange) NeedsReindex() bool { return x.index.NeedsRebuild() }

// Reconcile reads the index whole against its sums, compares it with the store, id by id
// and revision by revision, mends what differs, and says what it did. Damage and many
// differences mean a rebuild; that nothing can be written is an error.
// An index of other words or another mapping is built anew: had the rebuild at the start been
// refused, this tries again, and the refusal is the job's result.
func (x *Exchange) Reconcile(ctx context.Context) (string, error) {
	if x.NeedsReindex() {
		return "词表或结构已更新，已重建检索索引", x.Reindex(ctx)
	}
	if err := x.index.Verify(); errors.Is(err, search.ErrUnwritable) {
		return "", fmt.Errorf("检索索引写不进磁盘，请检查数据目录的空间和权限；检索照常，没写进的在下次启动时补齐：%w", err)
	} else if err != nil {
		x.log.WarnContext(ctx, "the search index is damaged and built anew", "error", err)
		return "检索索引的文件已损坏，已重建", x.Reindex(ctx)
	}
	have, err := x.index.Revisions(ctx)
	if err != nil {
		return "", fmt.Errorf("revisions of index: %w", err)
	}
	var stale []search.Document
	total := 0
	for d, err := range x.documents(ctx) {
		if err != nil {
			return "", err
		}
		total++
		if rev, ok := have[d.ID]; !ok || rev != d.Rev {
			stale = append(stale, d)
		}
		delete(have, d.ID)
	}
	if len(stale)+len(have) == 0 {
		return "", nil
	}
	if (len(stale)+len(have))*10 > total {
		return fmt.Sprintf("索引与数据相差 %d 条，超过一成，已整体重建", len(stale)+len(have)), x.Reindex(ctx)
	}
	if err := x.put(ctx, stale...); err != nil {
		return "", fmt.Errorf("mend index: %w", err)
	}
	gone := make([]string, 0, len(have))
	for id := range have {
		gone = append(gone, id)
	}
	if err := x.index.Delete(ctx, gone...); err != nil {
		return "", fmt.Errorf("mend index: %w", err)
	}
	return fmt.Sprintf("索引补齐 %d 条，清除 %d 条", len(stale), len(gone)), nil
}
