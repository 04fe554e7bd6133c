// Go's database/sql with lib/pq: parameters, prepared statements, a cursor.
package main

import (
	"database/sql"
	"fmt"
	"math"
	"os"
	"strings"

	_ "github.com/lib/pq"
)

var number, failures int

func ok(passed bool, name string, why ...interface{}) {
	number++
	if passed {
		fmt.Printf("ok %d - %s\n", number, name)
		return
	}
	failures++
	fmt.Printf("not ok %d - %s\n", number, name)
	fmt.Println("#", strings.ReplaceAll(fmt.Sprint(why...), "\n", "\n# "))
}

func check(err error) {
	if err != nil {
		fmt.Println("Bail out! ", err)
		os.Exit(1)
	}
}

type querier interface {
	Query(query string, parameters ...interface{}) (*sql.Rows, error)
}

// The rows of a query, as text.
func texts(in querier, query string, parameters ...interface{}) [][]string {
	rows, err := in.Query(query, parameters...)
	check(err)
	return read(rows)
}

func read(rows *sql.Rows) [][]string {
	defer rows.Close()
	columns, err := rows.Columns()
	check(err)
	var all [][]string
	for rows.Next() {
		row := make([]string, len(columns))
		places := make([]interface{}, len(columns))
		for i := range row {
			places[i] = &row[i]
		}
		check(rows.Scan(places...))
		all = append(all, row)
	}
	check(rows.Err())
	return all
}

func number64(text string) float64 {
	var value float64
	_, err := fmt.Sscan(text, &value)
	check(err)
	return value
}

func used(plan [][]string, index, name string) {
	text := ""
	for _, line := range plan {
		text += line[0] + "\n"
	}
	ok(strings.Contains(text, "Index Scan using "+index+" on items") && strings.Contains(text, "Order By: "), name, text)
}

func insert(db *sql.DB, rows [][]string) {
	statement, err := db.Prepare("INSERT INTO items VALUES ($1, $2, $3, $4, $5)")
	check(err)
	for _, row := range rows {
		_, err := statement.Exec(row[0], row[1], row[2], row[3], row[4])
		check(err)
	}
	got := texts(db, "SELECT * FROM items ORDER BY id")
	ok(fmt.Sprint(got) == fmt.Sprint(rows), "every row comes back as its text")
}

func search(db *sql.DB, name, create, query, target string) {
	_, err := db.Exec(create)
	check(err)
	used(texts(db, "EXPLAIN (COSTS off) "+query, target), name, name+": EXPLAIN shows the index")
	exact := texts(db, "SELECT * FROM exact($1)", name)
	statement, err := db.Prepare(query)
	check(err)
	defer statement.Close()
	same := true
	// More often than the five times after which PostgreSQL may take a generic plan.
	for run := 0; run < 7; run++ {
		rows, err := statement.Query(target)
		check(err)
		found := read(rows)
		same = same && len(found) == 5
		for i := range found {
			same = same && math.Abs(number64(found[i][1])-number64(exact[i][0])) < 1e-6
		}
	}
	ok(same, name+": the nearest rows", exact)
}

func walk(db *sql.DB, target string) {
	query := "DECLARE c CURSOR FOR SELECT embedding <-> '" + target + "' FROM items ORDER BY embedding <-> '" + target + "'"
	used(texts(db, "EXPLAIN (COSTS off) "+query), "items_embedding_l2", "EXPLAIN of a cursor shows the index")
	transaction, err := db.Begin()
	check(err)
	_, err = transaction.Exec(query)
	check(err)
	var distances []float64
	sorted := true
	for {
		batch := texts(transaction, "FETCH 50 FROM c")
		if len(batch) == 0 {
			break
		}
		for _, row := range batch {
			distance := number64(row[0])
			sorted = sorted && (len(distances) == 0 || distances[len(distances)-1] <= distance+1e-6)
			distances = append(distances, distance)
		}
	}
	check(transaction.Commit())
	ok(sorted && len(distances) == 300, "a cursor reads by fifties", distances)
}

func main() {
	db, err := sql.Open("postgres", "sslmode=disable")
	check(err)
	rows := texts(db, "SELECT id, embedding, half, sparse, bits FROM source ORDER BY id")
	insert(db, rows)
	for _, s := range texts(db, "SELECT name, create_index, query, target FROM searches ORDER BY name") {
		search(db, s[0], s[1], s[2], s[3])
	}
	walk(db, rows[42][1])
	fmt.Printf("1..%d\n", number)
	if failures > 0 {
		os.Exit(1)
	}
}
