using System.Buffers;
using System.Text;
using SQLitePCL;

namespace Xopc.Storage.Sqlite;

/// <summary>A prepared statement: bound, stepped and reset many times.</summary>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _handle;
    private readonly sqlite3_stmt _statement;
    private readonly string[] _names;
    private readonly bool _keep;

    private SqliteStatement(sqlite3 handle, sqlite3_stmt statement, string sql, bool keep)
    {
        _handle = handle;
        _statement = statement;
        _keep = keep;
        Sql = sql;
        Writes = raw.sqlite3_stmt_readonly(statement) == 0;
        Row = new SqliteRow(statement);
        _names = new string[raw.sqlite3_bind_parameter_count(statement)];
        for (var i = 0; i < _names.Length; i++)
        {
            _names[i] = raw.sqlite3_bind_parameter_name(statement, i + 1).utf8_to_string()?.TrimStart('@')
                ?? throw new ArgumentException($"Parameters have names, like @id: {sql}", nameof(sql));
        }
    }

    public string Sql { get; }

    public bool Writes { get; }

    public SqliteRow Row { get; }

    public bool InUse { get; private set; }

    public long LastUse { get; set; }

    public static SqliteStatement Prepare(sqlite3 handle, string sql, bool keep)
    {
        var code = raw.sqlite3_prepare_v3(handle, sql, keep ? raw.SQLITE_PREPARE_PERSISTENT : 0u, out var statement, out var rest);
        if (code != raw.SQLITE_OK)
        {
            throw SqliteSession.ErrorOf(handle, code);
        }

        if (!string.IsNullOrWhiteSpace(rest))
        {
            statement.Dispose();
            throw new ArgumentException($"One statement at a time: {sql}", nameof(sql));
        }

        return new SqliteStatement(handle, statement, sql, keep);
    }

    public Execution Start(ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        InUse = true;
        try
        {
            Bind(parameters);
        }
        catch
        {
            End();
            throw;
        }

        return new Execution(this);
    }

    /// <summary>Runs a statement without parameters and rows; false when the file is busy.</summary>
    public bool TryRun()
    {
        var code = raw.sqlite3_step(_statement);
        raw.sqlite3_reset(_statement);
        return code == raw.SQLITE_DONE || ((code & 0xff) == raw.SQLITE_BUSY ? false : throw SqliteSession.ErrorOf(_handle, code));
    }

    public void Dispose() => _statement.Dispose();

    private bool Step()
    {
        var code = raw.sqlite3_step(_statement);
        return code switch
        {
            raw.SQLITE_ROW => true,
            raw.SQLITE_DONE => false,
            _ => throw SqliteSession.ErrorOf(_handle, code),
        };
    }

    private void End()
    {
        raw.sqlite3_reset(_statement);
        InUse = false;
        if (!_keep)
        {
            Dispose();
        }
    }

    private void Bind(ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (parameters.Length != _names.Length)
        {
            throw new ArgumentException($"{_names.Length} parameters wanted ({string.Join(", ", _names)}), {parameters.Length} given: {Sql}", nameof(parameters));
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            BindValue(IndexOf(parameters[i].Name, i) + 1, parameters[i].Value);
        }
    }

    private int IndexOf(string name, int guess)
    {
        var bare = name.AsSpan(name.StartsWith('@') ? 1 : 0);
        if (bare.SequenceEqual(_names[guess]))
        {
            return guess;
        }

        for (var i = 0; i < _names.Length; i++)
        {
            if (bare.SequenceEqual(_names[i]))
            {
                return i;
            }
        }

        throw new ArgumentException($"No parameter is called '{name}': {Sql}", nameof(name));
    }

    private void BindValue(int index, object? value)
    {
        var code = value switch
        {
            null or DBNull => raw.sqlite3_bind_null(_statement, index),
            string text => BindText(index, text),
            long number => raw.sqlite3_bind_int64(_statement, index, number),
            int number => raw.sqlite3_bind_int64(_statement, index, number),
            bool flag => raw.sqlite3_bind_int64(_statement, index, flag ? 1 : 0),
            double number => raw.sqlite3_bind_double(_statement, index, number),
            byte[] bytes => BindBytes(index, bytes),
            ReadOnlyMemory<byte> bytes => BindBytes(index, bytes.Span),
            Memory<byte> bytes => BindBytes(index, bytes.Span),
            _ => throw new ArgumentException(
                $"'{_names[index - 1]}' is a {value.GetType().Name}; a column takes text, numbers, bytes and null (instants as Unix milliseconds).", nameof(value)),
        };
        if (code != raw.SQLITE_OK)
        {
            throw SqliteSession.ErrorOf(_handle, code);
        }
    }

    private int BindBytes(int index, ReadOnlySpan<byte> bytes) =>
        // A span without bytes has no address, which SQLite takes for NULL.
        bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, bytes);

    private int BindText(int index, string text)
    {
        if (text.Length == 0)
        {
            return raw.sqlite3_bind_text(_statement, index, utf8z.FromString(""));
        }

        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (most <= 1024)
        {
            Span<byte> buffer = stackalloc byte[most];
            return raw.sqlite3_bind_text(_statement, index, buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(most);
        try
        {
            return raw.sqlite3_bind_text(_statement, index, rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>One run of the statement; disposing it makes the statement free for the next.</summary>
    public readonly ref struct Execution(SqliteStatement statement)
    {
        public SqliteRow Row => statement.Row;

        public bool Writes => statement.Writes;

        public bool Step() => statement.Step();

        public void Dispose() => statement.End();
    }
}
