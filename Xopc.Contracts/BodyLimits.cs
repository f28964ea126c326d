namespace Xopc.Contracts;

/// <summary>How large request bodies may be where the edge and the service behind it must agree.</summary>
public static class BodyLimits
{
    /// <summary>Bytes of a <c>POST /api/agent</c>: 25 MiB of attachments as base64 (4/3) inside JSON, and the rest of the body.</summary>
    public const int Agent = 36 * 1024 * 1024;
}
