// Package partnership holds the nouns that schools, companies and the district
// share (学校、企业、岗位、班级批次、订单班、实训基地、安置、去向 …), their states and the
// verbs that change them, who may do what (Actor), and the kinds of error that
// people meet. It is pure: no I/O, no clock, no dependency on our other packages.
package partnership
