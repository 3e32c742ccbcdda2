package exchange

import (
	"context"

	"sunmao/services/partnership"
)

// EndDelegationOnly ends a delegation as a crash would leave it: its posts still name the school.
func (x *Exchange) EndDelegationOnly(ctx context.Context, school, company string) error {
	_, err := x.delegated.Edit(ctx, partnership.RelationID(school, company), func(d *partnership.Delegation) error {
		return d.Revoke(partnership.System("test"), x.stamp())
	})
	return err
}
