namespace Xopc.Channels.Previews;

/// <summary>What people see of an answer while it is being written.</summary>
internal enum PreviewMode
{
    /// <summary>Nothing.</summary>
    Off,

    /// <summary>A message that grows with it.</summary>
    Partial,

    /// <summary>A message that grows by whole blocks: paragraphs, lists, code.</summary>
    Block,
}
