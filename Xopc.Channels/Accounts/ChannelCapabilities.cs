namespace Xopc.Channels.Accounts;

/// <summary>What a platform can do; shown by the API and asked by what is common to all channels.</summary>
/// <param name="PeerKinds"><c>dm</c>, <c>group</c>.</param>
/// <param name="Threads">Whether a group has topics with conversations of their own.</param>
/// <param name="Media">Whether files come in.</param>
/// <param name="Edit">Whether a sent message can be changed.</param>
/// <param name="Typing">Whether it can show that somebody writes.</param>
internal sealed record ChannelCapabilities(IReadOnlyList<string> PeerKinds, bool Threads, bool Media, bool Edit, bool Typing);
