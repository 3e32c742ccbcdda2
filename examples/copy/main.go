// Command copy keeps a copy of the posts that a party may see in a file: the smallest
// complete reader of a feed of changes. Run it as often as you like; each run asks only
// for what is new since the last.
//
//	SUNMAO_URL=https://sunmao.example.cn SUNMAO_API_KEY=smk_… go run ./examples/copy posts.json
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"time"
)

// copied is the file: the records by id, and where to go on.
type copied struct {
	Since string            `json:"since"`
	Posts map[string]record `json:"posts"`
}

type record struct {
	Rev int64           `json:"rev"`
	Doc json.RawMessage `json:"doc"`
}

// answer is what the feed answers.
type answer struct {
	Items []struct {
		ID   string          `json:"id"`
		Rev  int64           `json:"rev"`
		Gone bool            `json:"gone"`
		Doc  json.RawMessage `json:"doc"`
	} `json:"items"`
	Next string `json:"next"`
	More bool   `json:"more"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "用法：copy 文件.json（环境变量 SUNMAO_URL、SUNMAO_API_KEY）")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	news, have, err := update(ctx, os.Getenv("SUNMAO_URL"), os.Getenv("SUNMAO_API_KEY"), os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("读到 %d 条变化，现有 %d 个岗位\n", news, have)
}

// update reads the feed to its end into the file and says how many changes came and how
// many posts there are.
func update(ctx context.Context, site, key, name string) (news, have int, err error) {
	c := copied{Posts: map[string]record{}}
	body, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(body, &c)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, 0, err
	}
	for more := true; more; {
		a, err := read(ctx, site, key, c.Since)
		if err != nil {
			return news, len(c.Posts), err
		}
		for _, one := range a.Items {
			switch {
			case one.Gone:
				delete(c.Posts, one.ID)
			case one.Rev > c.Posts[one.ID].Rev: // a change may come twice
				c.Posts[one.ID] = record{one.Rev, one.Doc}
			}
		}
		news, more, c.Since = news+len(a.Items), a.More, a.Next
	}
	if body, err = json.Marshal(c); err != nil {
		return news, len(c.Posts), err
	}
	// Records and place in one step, or a crash in between would lose what lies between them.
	if err := os.WriteFile(name+".new", body, 0o600); err != nil {
		return news, len(c.Posts), err
	}
	return news, len(c.Posts), os.Rename(name+".new", name)
}

func read(ctx context.Context, site, key, since string) (answer, error) {
	var a answer
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, site+"/api/v1/changes/posts?limit=500&since="+url.QueryEscape(since), nil)
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer res.Body.Close() //nolint:errcheck // only read
	if res.StatusCode != http.StatusOK {
		var p struct{ Detail string }
		_ = json.NewDecoder(res.Body).Decode(&p) // the status says enough without
		return a, fmt.Errorf("%s：%s", res.Status, p.Detail)
	}
	return a, json.NewDecoder(res.Body).Decode(&a)
}
