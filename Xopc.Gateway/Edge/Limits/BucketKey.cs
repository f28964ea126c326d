using System.Globalization;
using System.Security.Cryptography;
using Xopc.Gateway.Edge.Clients;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>A bucket: of a client or of a principal, for all requests or for those that call a model.</summary>
internal readonly record struct BucketKey(ClientKey Client, string? Principal, bool Model)
{
    // Drawn anew in each process: who knew them could choose addresses that fall into one set of the table and push each other out.
    private static readonly ulong Seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;
    private static readonly ulong Salt = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) | 1;

    /// <summary>64 bits instead of the key; never 0. Two of a million keys meet with a chance of 1 in 37 million, and then share a bucket.</summary>
    public ulong Hash
    {
        get
        {
            var hash = Mix(Salt ^ (Model ? 2UL : 4UL), Seed);
            if (Principal is { } name)
            {
                foreach (var c in name)
                {
                    hash = Mix(hash ^ c, Seed);
                }
            }
            else
            {
                hash = Mix(hash ^ Client.Bits, Seed ^ Client.Kind);
            }

            return hash == 0 ? 1 : hash;
        }
    }

    /// <summary>The same in every process.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Model ? "model" : "requests")}|{(Principal is null ? Client.ToString() : "principal:" + Principal)}");

    private static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
