namespace Xopc.Configuration;

/// <summary>Another key that is still read in this one's place.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OlderNameAttribute(string name) : Attribute
{
    public string Name => name;
}
