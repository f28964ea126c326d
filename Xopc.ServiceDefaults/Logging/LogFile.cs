using System.Buffers;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>
/// Compact JSON lines in daily files of bounded size. Serilog's own file sink cannot name files with dashes in the date nor bound the bytes of a set,
/// and two processes that share one of its files overwrite each other.
/// </summary>
internal sealed class LogFile(string directory, string service, LogLimits limits, TimeProvider clock, Action<string> complain) : ILogOutput
{
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromSeconds(10);
    private const int MostInstances = 32;

    private readonly JsonLogFormat _format = new(service);
    private ArrayBufferWriter<byte> _buffer = new(16 * 1024);
    private LogFileSet? _files;
    private FileStream? _claim;
    private FileStream? _stream;
    private DateOnly _day;
    private int _number;
    private long _size;
    private DateTimeOffset _silentUntil;
    private long _lost;

    /// <summary>The file that is being written; null before the first line and while writing fails.</summary>
    public string? CurrentPath => _stream?.Name;

    public void Write(IReadOnlyList<LogLine> lines)
    {
        var now = clock.GetUtcNow();
        if (now < _silentUntil)
        {
            _lost += lines.Count;
            return;
        }

        try
        {
            foreach (var line in lines)
            {
                _format.Write(line, _buffer);
                if (_buffer.WrittenCount > 64 * 1024)
                {
                    Append(now);
                }
            }

            Append(now);
            ReportRecovery();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // A full disk must not become a crash nor a busy loop: say it on the console, stay silent for a while, try again.
            _lost += lines.Count;
            _silentUntil = now + RetryAfterFailure;
            complain($"Log files cannot be written in {directory}: {e.Message} Lines lost so far: {_lost}.");
            Close();
        }
        finally
        {
            Shrink();
        }
    }

    public void Dispose()
    {
        Close();
        _claim?.Dispose();
        _format.Dispose();
    }

    private void Append(DateTimeOffset now)
    {
        if (_buffer.WrittenCount == 0)
        {
            return;
        }

        Open(DateOnly.FromDateTime(now.UtcDateTime), _buffer.WrittenCount);
        _stream!.Write(_buffer.WrittenSpan);
        _size += _buffer.WrittenCount;
        _buffer.ResetWrittenCount();
    }

    private void Open(DateOnly day, int more)
    {
        var full = _size > 0 && _size + more > limits.FileBytes;
        if (_stream is not null && day == _day && !full)
        {
            return;
        }

        var opened = _stream is not null;
        Close();
        _files ??= ClaimName();
        _number = opened && day == _day ? _number + 1 : _files.LastNumber(day);
        _day = day;
        Start();
        if (_size > 0 && _size + more > limits.FileBytes)
        {
            Close();
            _number++;
            Start();
        }

        _files.Trim(day, _stream!.Name);
    }

    private void Start()
    {
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _stream = new FileStream(_files!.PathOf(_day, _number), options);
        _size = _stream.Length;
    }

    /// <summary>Two processes of one role never write one file: each holds the lock of its name, the second is <c>app-agents-2-…</c>.</summary>
    private LogFileSet ClaimName()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
        }
        else
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var name = service is "xopc" ? "app" : $"app-{(service.StartsWith("xopc-", StringComparison.Ordinal) ? service["xopc-".Length..] : service)}";
        for (var instance = 1; instance <= MostInstances; instance++)
        {
            var prefix = instance == 1 ? name : $"{name}-{instance}";
            try
            {
                _claim = new FileStream(Path.Combine(directory, $".{prefix}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                return new LogFileSet(directory, prefix, limits);
            }
            catch (IOException) when (File.Exists(Path.Combine(directory, $".{prefix}.lock")) && instance < MostInstances)
            {
                // Held by another process.
            }
        }

        throw new IOException($"{MostInstances} processes of {service} write logs already.");
    }

    private void ReportRecovery()
    {
        if (_lost > 0)
        {
            complain($"Log files are written again; {_lost} lines were lost.");
            _lost = 0;
        }
    }

    private void Close()
    {
        _stream?.Dispose();
        _stream = null;
        _size = 0;
    }

    private void Shrink()
    {
        // One huge burst must not keep its buffer for good.
        if (_buffer.Capacity > 1024 * 1024)
        {
            _buffer = new ArrayBufferWriter<byte>(16 * 1024);
        }
        else
        {
            _buffer.ResetWrittenCount();
        }
    }
}
