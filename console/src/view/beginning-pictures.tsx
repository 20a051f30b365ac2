/** Small drawings for the first visit; they cost a kilobyte, and nothing is fetched for them. */
export function Lighthouse() {
  return (
    <svg viewBox="0 0 160 90" aria-hidden="true" preserveAspectRatio="xMidYMid slice">
      <defs>
        <linearGradient id="dusk" x1="0" y1="0" x2="0" y2="1">
          <stop offset="0" stop-color="#2b3163" />
          <stop offset=".55" stop-color="#7c5590" />
          <stop offset="1" stop-color="#b9757c" />
        </linearGradient>
      </defs>
      <path d="M0 0h160v65H0z" fill="url(#dusk)" />
      <path d="M106 33 0 10v26zM108 33l52-11v22z" fill="#fff1cf" opacity=".28" />
      <path d="M0 64h160v26H0z" fill="#3d416f" />
      <path
        d="M0 67h45M20 73h45M5 82h60M60 70h20"
        stroke="#d9a07c"
        stroke-width=".8"
        opacity=".8"
      />
      <path d="M75 90c6-16 14-26 29-25s32 2 56 1v24z" fill="#1d1b38" />
      <path d="M104.500 37h7l2.500 27h-12z" fill="#f5efe2" />
      <path d="M104 42h8l.5 5h-9zM103 53h10l.5 5h-11z" fill="#ca4a44" />
      <path d="M104.500 31h7v6h-7z" fill="#ffdf8e" />
      <path d="M103 31l5-4 5 4z" fill="#1d1b38" />
    </svg>
  );
}

export function Crane() {
  return (
    <svg viewBox="0 0 100 100" aria-hidden="true" preserveAspectRatio="xMidYMid slice">
      <path d="M0 0h100v100H0z" fill="#f3e6d0" />
      <path d="M66 0h34v68H36z" fill="#ead8bb" />
      <path d="M0 68h100v32H0z" fill="#b98a5f" />
      <path d="M0 74h100M0 84h100M0 93h100" stroke="#9f7249" stroke-width=".6" />
      <ellipse cx="51" cy="77" rx="27" ry="4" fill="#8d6440" opacity=".5" />
      <path d="M22 35 49 58 57 76 35 64z" fill="#fff" />
      <path d="M47 21l16 28-14 9z" fill="#fcf8f0" />
      <path d="M83 40 49 58l8 18 15-12z" fill="#e3dac8" />
      <path d="M49 58l14-9 9 15-15 12z" fill="#d3c8b1" />
      <path d="M21 51l14 13 8 3-13-2-10-9z" fill="#f4ede0" />
    </svg>
  );
}

export function Poster() {
  return (
    <svg viewBox="0 0 90 160" aria-hidden="true" preserveAspectRatio="xMidYMid slice">
      <path d="M0 0h90v160H0z" fill="#f2b434" />
      <path d="M11 11h44v3.500H11zM11 18h27v3.500H11z" fill="#1c1b1a" />
      <circle cx="55" cy="62" r="39" fill="#1c1b1a" />
      <g fill="none" stroke="#45423d" stroke-width=".6">
        <circle cx="55" cy="62" r="33" />
        <circle cx="55" cy="62" r="27" />
        <circle cx="55" cy="62" r="21" />
      </g>
      <circle cx="55" cy="62" r="12" fill="#f2b434" />
      <circle cx="55" cy="62" r="2" fill="#1c1b1a" />
      <path
        d="M11 160v-46h9v46zM25 160v-38h9v38zM39 160v-55h9v55zM53 160v-23h9v23zM67 160v-41h9v41z"
        fill="#1c1b1a"
      />
    </svg>
  );
}
