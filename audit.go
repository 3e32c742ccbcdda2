package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sunmao/services/exchange"
	"sunmao/services/rates/audit"
)

// auditCmd checks published tables. Files given together are read as one report, so that
// tables can be held against one another.
type auditCmd struct {
	Files  []string `arg:"" name:"file" help:"CSV 或 Excel 文件，也可以是文件夹；同一份报告的各表一起给，才能互相核对。正文可存为 .txt 一起给。"`
	Format string   `default:"table" enum:"table,csv,json" help:"输出格式：table、csv、json。" placeholder:"格式"`
}

// Run prints the findings, worst first. Having found something is no failure: the exit
// code is 0 whenever the tables could be read.
func (c *auditCmd) Run(app *App) error {
	files, err := auditFiles(c.Files)
	if err != nil {
		return err
	}
	var all []audit.Sheet
	for _, f := range files {
		part, err := readAuditSheets(f, len(files) > 1)
		if err != nil {
			return err
		}
		all = append(all, part...)
	}
	findings, err := audit.Run(app.Ctx, all)
	if err != nil {
		return err
	}
	rows := make([][]string, 0, len(findings))
	for _, f := range findings {
		rows = append(rows, f.Texts())
	}
	if findings == nil {
		findings = []audit.Finding{}
	}
	if c.Format == "table" && len(rows) == 0 {
		_, err := fmt.Fprintf(app.Out, "核对了 %d 张表，没有发现对不上的数。\n", len(all))
		return err
	}
	return app.Table(c.Format, audit.Columns(), rows, findings)
}

// auditFiles lists the files named, and those inside the folders named.
func auditFiles(names []string) ([]string, error) {
	var out []string
	for _, n := range names {
		info, err := os.Stat(n)
		if errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s：没有这个文件；请检查路径", n)
		}
		if err != nil {
			return nil, fmt.Errorf("%s：打不开：%w", n, err)
		}
		if !info.IsDir() {
			out = append(out, n)
			continue
		}
		entries, err := os.ReadDir(n)
		if err != nil {
			return nil, fmt.Errorf("%s：打不开这个文件夹：%w", n, err)
		}
		found := false
		for _, e := range entries {
			if ext := strings.ToLower(filepath.Ext(e.Name())); !e.IsDir() && slices.Contains(exchange.PublishedEndings, ext) && !strings.HasPrefix(e.Name(), "~$") {
				out = append(out, filepath.Join(n, e.Name()))
				found = true
			}
		}
		if !found {
			return nil, fmt.Errorf("%s：文件夹里没有 .csv、.xlsx 或 .txt 文件", n)
		}
	}
	return out, nil
}

// readAuditSheets reads one file. many: there are others, so its sheets carry its name.
func readAuditSheets(path string, many bool) (_ []audit.Sheet, err error) {
	f, err := os.Open(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("%s：打不开：%w", path, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out, err := exchange.PublishedSheets(f, filepath.Base(path), many)
	if err != nil {
		return nil, fmt.Errorf("%s：读不出表格：%w", path, err)
	}
	return out, nil
}
