-- name: bumpGeneration :exec
update generations set generation = generation + 1;

-- name: committedGeneration :one
select generation from generations;
