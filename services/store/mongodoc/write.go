package mongodoc

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// Insert stores the documents whose id and unique keys are free.
func (b *Backend) Insert(ctx context.Context, coll string, docs []store.Doc) error {
	raws := make([]bson.Raw, len(docs))
	for i, d := range docs {
		var err error
		if raws[i], err = toBSON(d.JSON); err != nil {
			return fmt.Errorf("document %s: %w", d.ID, err)
		}
	}
	_, err := b.db.Collection(coll).InsertMany(ctx, raws, options.InsertMany().SetOrdered(false))
	var bulk mongo.BulkWriteException
	if !errors.As(err, &bulk) || bulk.WriteConcernError != nil || len(bulk.WriteErrors) == 0 {
		return b.writeFault(docs[0].ID, err)
	}
	var refused store.Taken
	for _, e := range bulk.WriteErrors {
		if !mongo.IsDuplicateKeyError(e) && !uniqueInUpdate.MatchString(e.Message) {
			return b.writeFault(docs[e.Index].ID, err)
		}
		refused.IDs = append(refused.IDs, docs[e.Index].ID)
	}
	return &refused
}

// Replace swaps the document if its revision is still oldRev.
func (b *Backend) Replace(ctx context.Context, coll string, d store.Doc, oldRev int64) error {
	raw, err := toBSON(d.JSON)
	if err != nil {
		return err
	}
	r, err := b.db.Collection(coll).ReplaceOne(ctx, bson.D{{Key: "_id", Value: d.ID}, {Key: "_rev", Value: oldRev}}, raw)
	if err != nil {
		return b.writeFault(d.ID, err)
	}
	if r.MatchedCount == 0 {
		return partnership.ErrConflict
	}
	return nil
}

// Update is one findAndModify.
func (b *Backend) Update(ctx context.Context, coll, id string, guard store.Filter, ops []store.Op) (store.Doc, error) {
	change, err := renderOps(ops)
	if err != nil {
		return store.Doc{}, err
	}
	only := bson.D{{Key: "_id", Value: id}}
	if guard.Match != store.MatchAll {
		only = append(only, bson.E{Key: "$and", Value: bson.A{render(guard)}})
	}
	raw, err := b.db.Collection(coll).FindOneAndUpdate(ctx, only, change,
		options.FindOneAndUpdate().SetReturnDocument(options.After)).Raw()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return store.Doc{}, partnership.ErrConflict
	}
	if err != nil {
		return store.Doc{}, b.writeFault(id, err)
	}
	return toDoc(raw)
}

// Purge removes the document.
func (b *Backend) Purge(ctx context.Context, coll, id string) error {
	_, err := b.db.Collection(coll).DeleteOne(ctx, bson.D{{Key: "_id", Value: id}})
	return b.fault(err) // repeating it is harmless, so a lost reply is just a fault
}

// toDoc turns a stored document into the store's form.
func toDoc(raw bson.Raw) (store.Doc, error) {
	id, _ := raw.Lookup("_id").StringValueOK()
	rev, ok := raw.Lookup("_rev").AsInt64OK()
	if !ok {
		return store.Doc{}, fmt.Errorf("document %s has no revision: not written by this program", id)
	}
	j, err := toJSON(raw)
	if err != nil {
		return store.Doc{}, fmt.Errorf("document %s: %w", id, err)
	}
	return store.Doc{ID: id, Rev: rev, JSON: j}, nil
}
