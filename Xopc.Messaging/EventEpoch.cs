using System.Security.Cryptography;

namespace Xopc.Messaging;

/// <summary>Names of the event log's epochs.</summary>
internal static class EventEpoch
{
    public static string New() => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 12);
}
