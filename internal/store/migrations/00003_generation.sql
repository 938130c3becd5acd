-- Counts the changes of who may do what, so that every process can tell by one row whether what it knows still holds.

-- +goose Up
create table generations (
    id         bigint not null primary key check (id = 1),
    generation bigint not null
);
insert into generations (id, generation) values (1, 0);

-- +goose Down
drop table generations;
