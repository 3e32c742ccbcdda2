package exchange_test

import (
	"strings"
	"testing"

	"sunmao/services/exchange"
	"sunmao/services/exchange/exchangetest"
	"sunmao/services/partnership"
)

// A district brings in the posts, companies and figures of its own region through the pages,
// and nothing of another's; its uploads are no other district's business.
func TestImport_KeepsToTheDistrict(t *testing.T) {
	h := exchangetest.Small(t)
	far := partnership.Actor{Account: "far", Role: partnership.RoleDistrict, Region: "500112"}
	const (
		posts     = "企业名称,岗位名称,岗位职责,招收人数,开始日期,结束日期\n重庆甲精密机械有限公司,数控车工,操作数控车床加工轴类零件,5,2027-03-01,2027-08-31\n"
		companies = "企业名称,在岗职工人数\n重庆甲精密机械有限公司,9\n"
		graduates = "学校,毕业年份,专业大类,毕业生数,升学人数,直接就业人数,对口就业人数\n甲职业学校,2025,装备制造大类,100,60,30,25\n"
		bases     = "基地名称,所属单位,基地类型,工位数\n数控实训中心,甲职业学校,校内,40\n"
	)
	upload := func(t *testing.T, actor partnership.Actor, kind, text string) partnership.ImportBatch {
		t.Helper()
		b, err := h.UploadImport(ctx, actor, exchange.ImportRequest{Kind: kind, File: kind + ".csv", Body: strings.NewReader(text)})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RunImport(ctx, b.ID); err != nil {
			t.Fatal(err)
		}
		view, err := h.ImportOf(ctx, actor, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range view.Problems {
			t.Log(p)
		}
		return view.Batch
	}
	for _, tc := range []struct{ kind, text string }{{"posts", posts}, {"companies", companies}, {"graduates", graduates}, {"bases", bases}} {
		t.Run(tc.kind, func(t *testing.T) {
			if b := upload(t, far, tc.kind, tc.text); b.State != partnership.ImportReady || b.Bad != 1 {
				t.Errorf("another district: %s, %d bad rows; want the row refused", b.State, b.Bad)
			}
			if b := upload(t, as["district"], tc.kind, tc.text); b.State != partnership.ImportReady || b.Bad != 0 {
				t.Errorf("its own district: %s, %d bad rows; want it ready", b.State, b.Bad)
			}
		})
	}
	t.Run("a company that a district brings in is its own", func(t *testing.T) {
		b := upload(t, far, "companies", "企业名称\n重庆丙新材料有限公司\n")
		if _, err := h.ActImport(ctx, far, b.ID, "write"); err != nil {
			t.Fatal(err)
		}
		if err := h.RunImport(ctx, b.ID); err != nil {
			t.Fatal(err)
		}
		for _, one := range []struct {
			actor partnership.Actor
			want  int
		}{{far, 1}, {as["district"], 0}} {
			found, _, err := h.Companies(ctx, one.actor, exchange.List{Text: "重庆丙新材料有限公司"})
			if err != nil || len(found) != one.want {
				t.Errorf("%s finds %d of it (%v), want %d", one.actor.Account, len(found), err, one.want)
			}
		}
	})
	t.Run("uploads", func(t *testing.T) {
		mine, _, err := h.Imports(ctx, as["district"], exchange.List{})
		if err != nil || len(mine) != 4 {
			t.Fatalf("%d imports of the district, %v; want its four", len(mine), err)
		}
		_, err = h.ImportOf(ctx, far, mine[0].ID)
		kindIs(t, err, partnership.ErrNotFound)
		tasks, err := h.Worklist(ctx, as["district"])
		if err != nil {
			t.Fatal(err)
		}
		waiting := 0
		for _, one := range tasks {
			if one.Kind == exchange.KindImport {
				waiting++
			}
		}
		if waiting != 4 {
			t.Errorf("%d imports on the worklist, want the four that wait", waiting)
		}
	})
}
