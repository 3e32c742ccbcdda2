package exchange

import (
	"errors"

	"sunmao/services/partnership"
)

// known puts the sentence of a use case in place of the store's bare ErrNotFound.
func known(err, missing error) error {
	if errors.Is(err, partnership.ErrNotFound) {
		return missing
	}
	return err
}

// sentence is what a person may read of an error.
func sentence(err error) string {
	var r *partnership.Refused
	if errors.As(err, &r) {
		return r.Sentence
	}
	return err.Error()
}

// mergeInvalid adds the fields of err, if it is Invalid, to bad and returns them all.
func mergeInvalid(bad partnership.Invalid, err error) error {
	var more partnership.Invalid
	if err != nil && !errors.As(err, &more) {
		return err
	}
	for field, sentences := range more {
		bad[field] = append(bad[field], sentences...)
	}
	return bad.Err()
}
