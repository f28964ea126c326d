using Xopc.Contracts;

namespace Xopc.Storage;

/// <summary>
/// The database file cannot be used, and waiting will not change that: damaged, of another program, from a newer version, not writable.
/// The message names the file and what to do. The file was not altered. A start ends with it (exit code 78).
/// </summary>
public sealed class DatabaseOpenException(string message, Exception? inner = null) : StartRefusedException(message, inner);
