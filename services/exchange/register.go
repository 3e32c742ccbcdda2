package exchange

import (
	"context"
	"errors"
	"fmt"

	"sunmao/services/partnership"
	"sunmao/services/store"
)

// A company registers itself without an account: it gets a link by which it follows the
// review, mends what is returned, and after the approval opens its first account. Until
// then nobody of it sees anything of the platform.

// Register takes a company's registration for the district's review. A company that is
// there already under the same credit code is ErrDuplicate.
func (x *Exchange) Register(ctx context.Context, draft partnership.Company) (partnership.Company, error) {
	c := partnership.Company{State: partnership.CompanyPending, District: draft.District}
	c.Declare(draft)
	if err := x.checkRegistration(&c); err != nil {
		return c, err
	}
	there, err := x.companies.First(ctx, store.Query{Where: store.Field("credit_code").Eq(c.CreditCode)})
	if err == nil {
		return c, alreadyThere(&there)
	}
	if !errors.Is(err, partnership.ErrNotFound) {
		return c, fmt.Errorf("register: %w", err)
	}
	// The id is made from the code: of two registrations at once one wins.
	c.ID = "uscc-" + c.CreditCode
	c.Steps = []partnership.Step{{At: x.stamp(), Actor: "registration", To: string(partnership.CompanyPending)}}
	err = x.companies.Insert(ctx, &c)
	if errors.Is(err, partnership.ErrDuplicate) {
		return c, alreadyThere(&c)
	}
	if err != nil {
		return c, fmt.Errorf("register: %w", err)
	}
	return c, x.put(ctx, x.companyDocument(&c))
}

func alreadyThere(c *partnership.Company) error {
	if c.State == partnership.CompanyPending || c.State == partnership.CompanyReturned {
		return partnership.Refuse(partnership.ErrDuplicate, "这个统一社会信用代码已经有人登记，正在审核。请用登记时得到的链接查看进度；链接丢了请联系区教委")
	}
	return partnership.Refuse(partnership.ErrDuplicate, "这个统一社会信用代码的企业已在企业库里，不用再登记。请联系区教委，为本企业开通账号")
}

// CheckRegistration is Invalid with everything that is wrong with a registration.
func (x *Exchange) CheckRegistration(draft partnership.Company) error {
	return x.checkRegistration(&draft)
}

func (x *Exchange) checkRegistration(c *partnership.Company) error {
	bad := partnership.Invalid{}
	if err := mergeInvalid(bad, x.checkCompany(c)); err != nil && !errors.As(err, &partnership.Invalid{}) {
		return err
	}
	return mergeInvalid(bad, c.CheckRegistration(x.today()))
}

// Registered returns the company of a registration link; the caller has proved to hold
// the link.
func (x *Exchange) Registered(ctx context.Context, id string) (partnership.Company, error) {
	c, err := x.companies.Get(ctx, id)
	return c, known(err, errNoCompany)
}

// Resubmit takes a returned registration as it was mended. Only while it is returned:
// what the district looks at must not change under it.
func (x *Exchange) Resubmit(ctx context.Context, id string, draft partnership.Company) (partnership.Company, error) {
	by := partnership.Actor{Account: "registration"}
	c, err := x.companies.Edit(ctx, id, func(c *partnership.Company) error {
		if err := c.Resubmit(by, x.stamp()); err != nil {
			return err
		}
		code := c.CreditCode
		c.Declare(draft)
		if err := x.checkRegistration(c); err != nil {
			return err
		}
		if c.CreditCode != code {
			return partnership.Invalid{"credit_code": {"信用代码与登记时的 " + code + " 不同。要换成另一家企业，请重新登记"}}
		}
		return nil
	})
	if err != nil {
		return c, known(err, errNoCompany)
	}
	return c, x.put(ctx, x.companyDocument(&c))
}

// ReturnCompany sends a registration back with a sentence for each field to be mended.
func (x *Exchange) ReturnCompany(ctx context.Context, actor partnership.Actor, id, why string, comments map[string]string) (partnership.Company, error) {
	if !actor.SeesAll() {
		return partnership.Company{}, partnership.Refuse(partnership.ErrForbidden, "只有区教委可以审核企业")
	}
	c, err := x.companies.Edit(ctx, id, func(c *partnership.Company) error {
		if !overseesCompany(actor, c) {
			return errNoCompany
		}
		return c.Return(actor, x.stamp(), why, comments)
	})
	if err != nil {
		return c, known(err, errNoCompany)
	}
	return c, x.put(ctx, x.companyDocument(&c))
}
