package mongodoc

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"sunmao/services/store"
)

// operators of the comparisons. A value always stands behind one of them, so it can
// never be taken for an operator itself.
func operator(m store.Match) string {
	switch m {
	case store.MatchLt:
		return "$lt"
	case store.MatchLe:
		return "$lte"
	case store.MatchGt:
		return "$gt"
	case store.MatchGe:
		return "$gte"
	}
	return "$eq" // of an array: contains
}

// render turns a filter into a query document.
func render(f store.Filter) bson.D {
	test := func(op string, v any) bson.D { return bson.D{{Key: f.Path, Value: bson.D{{Key: op, Value: v}}}} }
	switch f.Match {
	case store.MatchAll:
		return bson.D{}
	case store.MatchAnd:
		if len(f.Sub) == 0 {
			return bson.D{}
		}
		return bson.D{{Key: "$and", Value: renderAll(f.Sub)}}
	case store.MatchOr:
		if len(f.Sub) == 0 {
			return bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: bson.A{}}}}}
		}
		return bson.D{{Key: "$or", Value: renderAll(f.Sub)}}
	case store.MatchNot:
		return bson.D{{Key: "$nor", Value: renderAll(f.Sub)}}
	case store.MatchExists:
		return test("$exists", true) // null is never stored
	case store.MatchIn:
		return test("$in", bson.A(f.Values))
	}
	return test(operator(f.Match), f.Values[0])
}

func renderAll(fs []store.Filter) bson.A {
	out := make(bson.A, len(fs))
	for i, f := range fs {
		out[i] = render(f)
	}
	return out
}

func renderSort(sort []store.Sort) bson.D {
	out := make(bson.D, len(sort))
	for i, s := range sort {
		out[i] = bson.E{Key: s.Path, Value: 1}
		if s.Desc {
			out[i].Value = -1
		}
	}
	return out
}

// renderOps turns operations into an update document.
func renderOps(ops []store.Op) (bson.D, error) {
	by := map[string]bson.D{}
	for _, op := range ops {
		var v any
		var err error
		name := ""
		switch op.Kind {
		case store.OpSet:
			name = "$set"
			v, err = toValue(op.JSON)
		case store.OpPush:
			name = "$push"
			v, err = toValue(op.JSON)
		case store.OpInc:
			name, v = "$inc", op.N
		case store.OpUnset:
			name, v = "$unset", ""
		}
		if err != nil {
			return nil, fmt.Errorf("value of %s: %w", op.Path, err)
		}
		by[name] = append(by[name], bson.E{Key: op.Path, Value: v})
	}
	var out bson.D
	for _, name := range []string{"$set", "$inc", "$push", "$unset"} {
		if by[name] != nil {
			out = append(out, bson.E{Key: name, Value: by[name]})
		}
	}
	return out, nil
}
