package partnership

import "context"

// WorkState is where a piece of long work stands.
type WorkState string

// running -> done | failed | stopped.
const (
	WorkRunning WorkState = "running"
	WorkDone    WorkState = "done"
	WorkFailed  WorkState = "failed"
	WorkStopped WorkState = "stopped"
)

// Words gives the state in the users' language.
func (s WorkState) Words() string {
	return map[WorkState]string{WorkRunning: "进行中", WorkDone: "已完成", WorkFailed: "没有做完", WorkStopped: "已停止"}[s]
}

// Work is something that takes more than a moment and was started by a person
// (进行中的工作): it goes on when the page is closed, and any node can tell how far it is.
type Work struct {
	Record   `json:",inline"`
	What     string    `json:"what"` // in words
	Account  string    `json:"account"`
	Role     Role      `json:"role"`
	State    WorkState `json:"state"`
	Step     string    `json:"step"`     // what it is doing, in words
	Permille int       `json:"permille"` // of the whole, 0 if that cannot be said
	Began    Stamp     `json:"began"`
	Beat     Stamp     `json:"beat"` // the last sign of life
	Ended    Stamp     `json:"ended"`
	Stop     bool      `json:"stop"`   // somebody asked it to stop
	Result   string    `json:"result"` // what came of it, in words
	URL      string    `json:"url"`    // where the result is
	Seen     bool      `json:"seen"`   // the person has been told of the end
}

// WorkResult is what a piece of work found out, where it stands in no document of its own
// (findings of a report, a recount). It has the id of the work and goes with it.
type WorkResult struct {
	Record `json:",inline"`
	Body   string `json:"body"` // JSON, gzip, base64
}

type progressInContext struct{}

// Telling returns a context in which long work tells how far it is.
func Telling(ctx context.Context, tell func(step string, permille int)) context.Context {
	return context.WithValue(ctx, progressInContext{}, tell)
}

// Tell tells whoever listens what the work of the context is doing now and how much
// of the whole is done (0 to 1000; 0 if that cannot be said). It returns the context's
// error: a good place to stop at.
func Tell(ctx context.Context, step string, permille int) error {
	if tell, ok := ctx.Value(progressInContext{}).(func(string, int)); ok {
		tell(step, permille)
	}
	return ctx.Err()
}

// Within returns a context in which a part of the work tells how far it is as if it were the
// whole: 0 to 1000 of the part are from and to of the whole.
func Within(ctx context.Context, from, to int) context.Context {
	tell, ok := ctx.Value(progressInContext{}).(func(string, int))
	if !ok {
		return ctx
	}
	return Telling(ctx, func(step string, permille int) { tell(step, from+permille*(to-from)/1000) })
}
