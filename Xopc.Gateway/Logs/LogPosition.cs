namespace Xopc.Gateway.Logs;

/// <summary>A place in a series: everything before <see cref="Offset"/> in this file, and in the files before it, is on one side of it.</summary>
internal readonly record struct LogPosition(LogFileName File, long Offset);
