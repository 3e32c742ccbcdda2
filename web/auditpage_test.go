package web

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

const wrongTable = "专业,毕业生数,升学人数,升学率(%)\n数控技术应用,120,80,66.67\n护理,210,150,71.43\n学前教育,95,60,73.16\n合计,425,290,68.24\n"

// sendFiles sends files to the audit page as a browser without scripts does.
func sendFiles(t *testing.T, b *browser, files map[string]string) (*http.Response, string) {
	t.Helper()
	return sendTo(t, b, "/audit", "/audit", "files", files)
}

// sendTo sends files from one page to another, in a field of its form.
func sendTo(t *testing.T, b *browser, from, to, field string, files map[string]string) (*http.Response, string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	if err := w.WriteField("token", b.token(from)); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		part, err := w.CreateFormFile(field, name)
		if err == nil {
			_, err = part.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(http.MethodPost, b.root+to, &buf)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	return b.do(r)
}

func TestAuditPage(t *testing.T) {
	h := openDistrict(t)
	b := h.as(t, "district")
	t.Run("finds, says why and lets it be saved", func(t *testing.T) {
		res, body := b.follow(sendFiles(t, b, map[string]string{"升学.csv": wrongTable}))
		if res.StatusCode != http.StatusOK || !strings.Contains(body, "73.16") || !strings.Contains(body, "63.16") || !strings.Contains(body, "百分比有误") {
			t.Fatalf("status %d", res.StatusCode)
		}
		m := regexp.MustCompile(`name="work" value="([^"]*)"`).FindStringSubmatch(body)
		if m == nil {
			t.Fatal("nothing to download")
		}
		saved := "/audit/download?work=" + m[1] + "&format="
		_, file := b.get(saved + "csv")
		if lines := strings.Split(strings.TrimPrefix(file, "\ufeff"), "\r\n"); lines[0] != "table,row,column,published,recomputed,kind,explanation" || !strings.HasPrefix(lines[1], "升学,学前教育,") {
			t.Errorf("download %q", file)
		}
		if res, file := b.get(saved + "xlsx"); res.StatusCode != http.StatusOK || !strings.HasPrefix(file, "PK") {
			t.Errorf("as a workbook: status %d", res.StatusCode)
		}
		if _, again := b.get("/audit?work=" + m[1]); !strings.Contains(again, "63.16") {
			t.Error("what was found is not there any more")
		}
		for _, at := range []string{saved + "csv", "/audit?work=" + m[1]} {
			if res, _ := h.as(t, "school").get(at); res.StatusCode != http.StatusNotFound {
				t.Errorf("somebody else's findings at %s: status %d", at, res.StatusCode)
			}
		}
		for _, at := range []string{"/snapshots?work=" + m[1], "/report/check?work=" + m[1], "/audit/download?format=csv"} {
			if res, _ := b.get(at); res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: status %d", at, res.StatusCode)
			}
		}
	})
	t.Run("is silent about what is right", func(t *testing.T) {
		_, body := b.follow(sendFiles(t, b, map[string]string{"升学.csv": strings.Replace(wrongTable, "73.16", "63.16", 1)}))
		if !strings.Contains(body, "没有发现对不上的数") {
			t.Error("a right table is not called right")
		}
	})
	for name, text := range map[string]string{"年报.xls": "x", "年报.xlsx": "no workbook", "图.png": "\x89PNG", "空.csv": ""} {
		t.Run("refuses "+name, func(t *testing.T) {
			res, body := sendFiles(t, b, map[string]string{name: text, "升学.csv": wrongTable})
			if res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(html.UnescapeString(body), "“"+name+"”：") || strings.Contains(body, "“升学.csv”") {
				t.Errorf("status %d: the file is not named", res.StatusCode)
			}
		})
	}
	t.Run("no file", func(t *testing.T) {
		if res, body := sendFiles(t, b, nil); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "请选择要核对的文件") {
			t.Errorf("status %d", res.StatusCode)
		}
	})
	t.Run("the API", func(t *testing.T) {
		ask := func(name, text string) (*http.Response, string) {
			body, err := json.Marshal(map[string]any{"files": []map[string]string{{"name": name, "content": base64.StdEncoding.EncodeToString([]byte(text))}}})
			if err != nil {
				t.Fatal(err)
			}
			r, err := http.NewRequest(http.MethodPost, b.root+apiRoot+"/audit", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			return b.do(r)
		}
		res, body := ask("升学.csv", wrongTable)
		var doc findingsDoc
		if err := json.Unmarshal([]byte(body), &doc); err != nil || res.StatusCode != http.StatusOK || len(doc.Findings) != 1 || doc.Findings[0].Recomputed != "63.16" {
			t.Errorf("status %d, %v: %s", res.StatusCode, err, body)
		}
		if res, body := ask("年报.xlsx", "no workbook"); res.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, "年报.xlsx") {
			t.Errorf("a bad file: status %d: %s", res.StatusCode, body)
		}
	})
}
